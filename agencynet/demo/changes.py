"""Step 5: what HR reports."""

from __future__ import annotations

import time
from typing import Any

from agencynet.demo import answers, copies, courses
from agencynet.demo.mailboxes import require_readable
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import Scene
from agencynet.people import Record
from agencynet.people.phones import numbers


async def play(scene: Scene) -> None:
    await courses.announce(scene)
    await _phone(scene)
    await _hire(scene)
    await _leaver(scene)


async def _phone(scene: Scene) -> None:
    before = scene.officers[3]
    used = {one.phone for one in scene.officers}
    after = before.changed(phone=next(number for number in reversed(numbers()) if number not in used))
    await scene.feeds.publish(after.agency, [after])
    published = time.monotonic()
    found = await _search(scene, after.phone, after)
    searched = time.monotonic() - published
    keeping = await copies.show_phone(scene.network.local, after.id, after.phone)
    copied = time.monotonic() - published
    scene.report.saw(
        f"{scene.who(after)} has a new number, {found['phone']}: {searched:.2f} s after the agency's program "
        f"had ended search found it, after {copied:.2f} s every service had heard of it. Only those keep it "
        f"that need it: {' and '.join(keeping)}"
    )


async def _search(scene: Scene, words: str, person: Record) -> dict[str, Any]:
    token = scene.network.system("bolagsverket")

    async def look() -> dict[str, Any] | None:
        answer = await scene.network.get("/directory/v1/people", token, q=words, limit=50)
        return next((one for one in answer["items"] if one["id"] == person.id), None)

    found = await eventually(f"A search for {words} finds {person.name}", look)
    assert found  # noqa: S101 - eventually waits until there is somebody
    return found


async def _hire(scene: Scene) -> None:
    new = scene.cast.hires["spv"]
    await scene.feeds.publish(new.agency, [new])
    await _search(scene, f"{new.given_name} {new.family_name}", new)
    invited = await scene.mailboxes.wait_for(new, "events.invited", uid=scene.uid)
    require_readable(invited, new)
    part = (await answers.participants(scene))[new.id]
    require(f"{new.name} was invited after the list was frozen", part["late"], part)
    scene.report.saw(f"{scene.who(new)} begins today as {new.title} and is invited late: “{invited.subject}”")
    course = await scene.mailboxes.wait_for(new, "courses.recommended")
    require(
        f"The mail is about {courses.TITLE}", courses.TITLE in course.subject + course.text, course.subject
    )
    scene.report.saw(f"By tenure, another mail to {course.to}: “{course.subject}”")
    scene.hired = new


async def _leaver(scene: Scene) -> None:
    leaver = next(one for one in scene.seated if one not in (scene.lone, scene.convenor))
    scene.seated.remove(leaver)
    gone = leaver.changed(status="left")
    await scene.feeds.publish(gone.agency, [gone])
    first = await answers.promoted(scene)
    told = await scene.mailboxes.wait_for(scene.convened_by, "events.participant_left")
    require_readable(told, scene.convened_by)
    require(f"The convenor is told that {leaver.name} left", leaver.name in told.text, told.text)
    parts = await answers.participants(scene)
    require(f"{leaver.name}'s seat is released", parts[leaver.id]["state"] == "cancelled", parts[leaver.id])
    scene.report.saw(
        f"{scene.who(leaver)} has left: {scene.who(first)} has the place, and the convenor knows: "
        f"“{told.subject}”"
    )
    scene.left = gone
