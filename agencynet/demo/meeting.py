"""Step 3: a meeting by rule."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

from agencynet.demo.days import working_day
from agencynet.demo.mailboxes import require_readable
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import HOME, Scene, at_home

CAPACITY = 8
_RULE = {"roles": ["upphandlare"]}


async def play(scene: Scene) -> None:
    scene.convenor = scene.cast.visible("upphandlare", "csn")[0]
    preview = await _preview(scene)
    by_agency = ", ".join(f"{scene.names[one['agency']]} {one['count']}" for one in preview["agencies"])
    scene.report.saw(f"The rule “all upphandlare” reaches {preview['count']} people: {by_agency}")
    network, token = scene.network, scene.network.person(scene.convened_by)
    created = await network.send("POST", "/events/v1/meetings", token, _meeting(scene))
    scene.meeting = created.body
    invited = await network.send("POST", f"/events/v1/meetings/{scene.meeting['id']}/invitations", token)
    count = invited.body["invited"]
    require("Everybody whom the rule reaches is on the list", count >= len(scene.officers), count)
    scene.report.saw(
        f"{scene.who(scene.convened_by)} invites them to “{scene.meeting['title']}”, "
        f"{at_home(scene.meeting['starts_at'])}: {count} on the frozen list, {CAPACITY} seats"
    )
    mails = await scene.mailboxes.wait_for_all(scene.officers, "events.invited", uid=scene.uid)
    for person in scene.officers:
        mail = mails[person.id]
        require_readable(mail, person)
        require(f"{person.email} got an iCalendar REQUEST", mail.method == "REQUEST", mail.method)
    spoken = Counter(mail.language for mail in mails.values())
    sample = mails[scene.lone.id]
    scene.report.saw(
        f"{len(mails)} invitations have come, {spoken['sv']} in Swedish and {spoken['en']} in English, "
        f"each as text, HTML and iCalendar"
    )
    scene.report.lines(
        [
            ("To", sample.to),
            ("Subject", sample.subject),
            ("iCalendar", f"METHOD:{sample.method}  UID:{sample.uid}  SEQUENCE:{sample.sequence}"),
        ]
    )


async def _preview(scene: Scene) -> dict[str, Any]:
    token = scene.network.system(scene.convened_by.agency)

    async def look() -> dict[str, Any]:
        answer = await scene.network.send("POST", "/events/v1/audiences/preview", token, _RULE)
        return answer.body

    return await eventually(
        "The rule reaches all procurement officers", look, lambda seen: seen["count"] >= len(scene.officers)
    )


def _meeting(scene: Scene) -> dict[str, Any]:
    day = working_day(datetime.now(HOME).date() + timedelta(days=21))
    begins = datetime.combine(day, time(13), HOME)
    return {
        "title": "Nätverksträff för upphandlare",
        "kind": "network",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=2)).isoformat(),
        "zone": "Europe/Stockholm",
        "place": "CSN, Norra Tjärngatan 3, Sundsvall",
        "video_url": "https://video.example/upphandlare",
        "capacity": CAPACITY,
        "audience": _RULE,
        "convenor_id": scene.convened_by.id,
    }
