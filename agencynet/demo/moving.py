"""Step 7: the same meeting, moved and then cancelled."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from agencynet.demo.answers import participants
from agencynet.demo.days import working_day
from agencynet.demo.mailboxes import Mail, require_readable
from agencynet.demo.network import Answer
from agencynet.demo.observing import DidNotHappen, require
from agencynet.demo.scene import HOME, Scene, at_home
from agencynet.people import Record

_LIVE = {"invited", "accepted", "tentative", "waiting"}


async def play(scene: Scene) -> None:
    affected = await _affected(scene)
    before = scene.meeting["sequence"]
    moved = await _move(scene)
    mails = await scene.mailboxes.wait_for_all(
        affected, "events.changed", uid=scene.uid, sequence=moved["sequence"]
    )
    _check(affected, mails, "REQUEST", moved["sequence"])
    require("SEQUENCE rises when the meeting moves", moved["sequence"] > before, moved["sequence"])
    scene.report.saw(
        f"Moved from {at_home(scene.meeting['starts_at'])} to {at_home(moved['starts_at'])}: {len(mails)} "
        f"updates with the same UID, METHOD:REQUEST, SEQUENCE {before} → {moved['sequence']}"
    )
    await _cancel(scene, affected, moved["sequence"])
    await _told_once(scene)


async def _affected(scene: Scene) -> list[Record]:
    """Those of this story who take part, or may."""
    parts = await participants(scene)
    people = [*scene.officers, *([scene.hired] if scene.hired else [])]
    return [one for one in people if one.id in parts and parts[one.id]["state"] in _LIVE]


async def _move(scene: Scene) -> dict[str, Any]:
    path, token = f"/events/v1/meetings/{scene.meeting['id']}", scene.network.person(scene.convened_by)
    before = datetime.fromisoformat(scene.meeting["starts_at"]).astimezone(HOME)
    begins = datetime.combine(working_day(before.date() + timedelta(days=7)), before.time(), HOME)
    wanted = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    answer = Answer(412, None)
    for _ in range(5):
        read = await scene.network.call("GET", path, token)
        if datetime.fromisoformat(read.body["starts_at"]) == begins:
            # The answer to an earlier try was lost, the change was not.
            return read.body
        answer = await scene.network.call("PATCH", path, token, body=wanted, headers={"If-Match": read.etag})
        if answer.status == 200:
            return answer.body
        if answer.status != 412:
            break
    raise DidNotHappen(f"The meeting could not be moved: {answer.status} {answer.body}")


def _check(people: list[Record], mails: dict[str, Mail], method: str, sequence: int) -> None:
    for person in people:
        mail = mails[person.id]
        require_readable(mail, person)
        seen = (mail.method, mail.sequence)
        require(f"{person.email} got {method} {sequence}", seen == (method, sequence), seen)


async def _cancel(scene: Scene, affected: list[Record], before: int) -> None:
    path = f"/events/v1/meetings/{scene.meeting['id']}/cancellation"
    cancelled = (await scene.network.send("POST", path, scene.network.person(scene.convened_by))).body
    mails = await scene.mailboxes.wait_for_all(affected, "events.cancelled", uid=scene.uid)
    _check(affected, mails, "CANCEL", cancelled["sequence"])
    require("SEQUENCE rises again", cancelled["sequence"] > before, cancelled["sequence"])
    scene.report.saw(
        f"Cancelled: {len(mails)} mails with METHOD:CANCEL, SEQUENCE {before} → {cancelled['sequence']}; "
        f"those who had declined or left hear nothing more"
    )


async def _told_once(scene: Scene) -> None:
    """Two mails with one Message-ID are one mail that came twice; two Message-IDs would be told twice."""
    about = await asyncio.gather(*(scene.mailboxes.of(one) for one in scene.officers))
    mails = [mail for mails in about for mail in mails if mail.uid == scene.uid]
    keys = {(mail.to, mail.kind, mail.sequence, mail.message_id) for mail in mails}
    told = {(to, kind, sequence) for to, kind, sequence, _ in keys}
    require("Nobody was told anything twice", len(keys) == len(told), len(keys) - len(told))
    scene.report.saw(f"{len(told)} invitations, updates and cancellations about the meeting; none came twice")
