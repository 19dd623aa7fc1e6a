"""Ten thousand reminders are due in one minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from pydantic_core import from_json

from services.events.handlers.desk import AT_ONCE
from services.events.settings import EventsSettings
from shared.contracts.topics import NOTIFY_REQUESTS
from tests.faults.people import STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import Scene
from tests.faults.topics import records_of

_WATCHED_SECONDS = 5.0
_WANTED = 10_000
_EVERY = 1.0
# Each agency's are due at a second of its own, so that the row need not wait for the minute to be full; and
# none before its meeting is changed.
_MINUTE, _AHEAD = 60, 5


async def reminders_at_once(scene: Scene) -> None:
    """All at so many agencies are invited and have not answered; their reminders are due in one minute."""
    events = scene.cluster.databases["events"].db
    notify = scene.cluster.databases["notify"].db.notifications
    await scene.load.silence()
    await scene.settled(within=60)
    agencies, people = await _enough(scene)
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    apart = timedelta(seconds=_MINUTE / len(agencies))
    starts = {agency: first + number * apart for number, agency in enumerate(agencies)}
    before = _mails(scene)
    meetings = {agency: await _meeting_of_all(scene, agency, starts[agency]) for agency in agencies}
    subjects = [f"meeting/{id_}" for id_ in meetings.values()]
    told = {"kind": "events.invited", "subject": {"$in": subjects}}
    enough = people * 9 // 10

    async def ready() -> int:
        if await notify.count_documents({**told, "state": {"$ne": "sent"}}):
            return 0
        return await notify.count_documents(told)

    await _come(scene, "the invitations", before + enough, within=240)
    await scene.until("all are invited", ready, lambda count: count >= enough, within=240, every=_EVERY)
    wanted = {"meeting_id": {"$in": list(meetings.values())}, "state": "invited"}
    count, before = await events.participants.count_documents(wanted), _mails(scene)
    due = [await _remind(scene, meetings[agency], agency, starts[agency]) for agency in agencies]
    asked = {"kind": "events.answer_wanted", "subject": told["subject"]}

    async def sent() -> int:
        return await notify.count_documents({**asked, "state": "sent"})

    await _come(scene, "the reminders", before + count, within=300)
    await scene.until("all are reminded", sent, lambda reached: reached >= count, within=300, every=_EVERY)
    last = await notify.find_one(asked, {"sent_at": 1}, sort=[("sent_at", -1)])
    scene.measured("reminders", count)
    scene.measured("sent after s", (last["sent_at"] - min(due)).total_seconds() if last else 0.0)
    scene.require(last and last["sent_at"] < first, "somebody was reminded after the start")
    found = await notify.count_documents(asked)
    scene.require(found == count, f"{found} reminders for {count} people")
    one_process = EventsSettings().reminders_per_second * _WATCHED_SECONDS + AT_ONCE
    most = one_process * len(scene.cluster.of("events"))
    fastest = _most_within(_WATCHED_SECONDS, await _asked_at(scene, set(subjects)))
    scene.measured("told in 5 s at most", fastest)
    scene.require(fastest <= most, f"{fastest} were told in {_WATCHED_SECONDS} s, {most} is the cap")


def _mails(scene: Scene) -> int:
    return len(scene.cluster.mail.received)


async def _come(scene: Scene, what: str, mails: int, within: float) -> None:
    """The mail server has taken so many: to count them in MongoDB takes from those who send them."""

    async def come() -> int:
        return _mails(scene)

    await scene.until(f"{what} come", come, lambda count: count >= mails, within=within, every=_EVERY)


async def _remind(scene: Scene, meeting: str, agency: str, starts: datetime) -> datetime:
    """Returns when it is due: within a minute from soon."""
    minutes = int((starts - datetime.now(UTC)).total_seconds() - _AHEAD) // _MINUTE
    body = {"reminders": [{"minutes_before": minutes}]}
    await _call(scene, "PATCH", f"/events/v1/meetings/{meeting}", agency, body)
    return starts - timedelta(minutes=minutes)


async def _asked_at(scene: Scene, subjects: set[str]) -> list[datetime]:
    """When notify was asked to remind each, in order."""
    asked: dict[str, datetime] = {}
    async for _, value in records_of(scene.cluster.settings, NOTIFY_REQUESTS):
        if value and b"events.answer_wanted" in value:
            message = from_json(value)
            if message["data"]["subject"] in subjects:
                asked[message["id"]] = datetime.fromisoformat(message["time"])
    return sorted(asked.values())


def _most_within(seconds: float, moments: Sequence[datetime]) -> int:
    span, oldest, most = timedelta(seconds=seconds), 0, 0
    for number, moment in enumerate(moments):
        while moment - moments[oldest] > span:
            oldest += 1
        most = max(most, number - oldest + 1)
    return most


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
