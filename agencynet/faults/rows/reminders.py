"""Ten thousand reminders are due in one minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from agencynet.faults.people import STAGE, Employee
from agencynet.faults.row import Row
from agencynet.faults.scene import Scene

# What each process has told at most (services/events/settings.py).
_TOLD_PER_SECOND = 200
_WANTED = 10_000
# Looking through so many takes from the same processors as sending.
_EVERY = 1.0


async def reminders_at_once(scene: Scene) -> None:
    """All at so many agencies are invited and have not answered; their reminders are due in one minute."""
    events = scene.cluster.databases["events"].db
    notify = scene.cluster.databases["notify"].db.notifications
    await scene.load.silence()
    await scene.settled(within=60)
    agencies, people = await _enough(scene)
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    meetings = [await _meeting_of_all(scene, agency, starts) for agency in agencies]
    invited = {"meeting_id": {"$in": meetings}, "state": "invited"}
    told = {"kind": "events.invited", "subject": {"$in": [f"meeting/{id_}" for id_ in meetings]}}

    async def ready() -> int:
        if await notify.count_documents({**told, "state": {"$ne": "sent"}}):
            return 0
        return await notify.count_documents(told)

    enough = people * 9 // 10
    await scene.until("all are invited", ready, lambda count: count >= enough, within=240, every=_EVERY)
    count = await events.participants.count_documents(invited)
    minutes = int((starts - datetime.now(UTC)).total_seconds() // 60)
    for id_, agency in zip(meetings, agencies, strict=True):
        body = {"reminders": [{"minutes_before": minutes}]}
        await _call(scene, "PATCH", f"/events/v1/meetings/{id_}", agency, body)
    due = starts - timedelta(minutes=minutes)
    asked = {"kind": "events.answer_wanted", "subject": told["subject"]}

    async def sent() -> int:
        return await notify.count_documents({**asked, "state": "sent"})

    await scene.until("all are reminded", sent, lambda reached: reached >= count, within=300, every=_EVERY)
    last = await notify.find_one(asked, {"sent_at": 1}, sort=[("sent_at", -1)])
    took = (last["sent_at"] - due).total_seconds() if last else 0.0
    scene.measured("reminders", count)
    scene.measured("sent after s", took)
    cap = _TOLD_PER_SECOND * len(scene.cluster.of("events"))
    scene.require(took >= count / cap - 2, f"{count} in {took:.0f} s is more than {cap} a second")
    scene.require(last and last["sent_at"] < starts, "somebody was reminded after the start")
    reminded = await notify.count_documents(asked)
    scene.require(reminded == count, f"{reminded} reminders for {count} people")


async def _enough(scene: Scene) -> tuple[list[str], int]:
    """Agencies with as many people together as are wanted."""
    db, chosen, people = scene.cluster.databases["events"].db, list[str](), 0
    for agency in scene.load.agencies:
        if people < _WANTED:
            chosen.append(agency)
            people += await db.people.count_documents({"agency": agency, "deleted": False})
    return chosen, people


async def _meeting_of_all(scene: Scene, agency: str, starts: datetime) -> str:
    convenor = Employee(agency, STAGE - 1)
    made = await _call(scene, "POST", "/events/v1/meetings", agency, {
        "title": "Alla på myndigheten", "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(), "audience": {"agencies": [agency]},
        "convenor_id": convenor.id, "reminders": [], "follow_up": False,
    })  # fmt: skip
    await _call(scene, "POST", f"/events/v1/meetings/{made['id']}/invitations", agency)
    return made["id"]


async def _call(scene: Scene, method: str, path: str, agency: str, body: Any = None) -> Any:
    node = scene.rng.choice(scene.cluster.of("events"))
    headers = {"Authorization": f"Bearer {scene.stage.tokens[agency]}", "If-Match": "*"}
    answer = await scene.cluster.http.request(method, node.url + path, json=body, headers=headers, timeout=60)
    if answer.status_code >= 400:
        raise httpx2.HTTPError(f"{answer.status_code} to {method} {path}: {answer.text[:300]}")
    return answer.json()


ROWS = (
    Row(
        "reminders-at-once",
        "10,000 due in one minute go out under the cap, once each, before their time",
        reminders_at_once,
        short=False,
    ),
)
