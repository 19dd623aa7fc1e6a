"""The clock is set, forward and back, by an hour and a day, and to the nights when it is turned: with
libfaketime in real processes of events and notify.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from tests.faults.node import Node
from tests.faults.people import FEW_ROLE, STAGE, Employee
from tests.faults.row import Row
from tests.faults.scene import NotRun, Scene

_LIBRARIES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SOON, _PAST = timedelta(minutes=3), timedelta(minutes=4)
_STEPS = (_HOUR, -_HOUR, _DAY, -_DAY)
_SHORT_STEPS = (_HOUR, -_DAY)
# By the clock on the wall in Stockholm: shown twice, and never.
_NIGHTS = (
    ("2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),
    ("2027-03-28T02:30", "2027-03-28T01:30:00+00:00"),
)
# More than there are chances to claim a timer that should be left alone.
_LOOKS = 8
_REMINDERS = {"events.reminder", "events.answer_wanted"}


@dataclass
class Clock:
    """One process each of events and notify whose clock can be set while they run."""

    scene: Scene
    events: Node
    file: Path

    def set(self, offset: timedelta) -> None:
        """The processes go by it from the next time they look."""
        _write(self.file, offset)

    def set_to(self, moment: datetime) -> None:
        self.set(moment - datetime.now(UTC))

    async def meeting(self, starts: datetime, reminder: dict[str, Any]) -> str:
        agency = self.scene.load.agencies[0]
        made = await self._call("POST", "/events/v1/meetings", {
            "title": "Nätverksträff", "starts_at": starts.isoformat(),
            "ends_at": (starts + _HOUR).isoformat(), "convenor_id": Employee(agency, STAGE - 1).id,
            "audience": {"roles": [FEW_ROLE], "agencies": [agency]},
            "reminders": [reminder], "follow_up": False,
        })  # fmt: skip
        await self._call("POST", f"/events/v1/meetings/{made['id']}/invitations")
        db = self.scene.cluster.databases["events"].db

        async def invited() -> int:
            return await db.participants.count_documents({"meeting_id": made["id"]})

        await self.scene.until("people are invited", invited, within=30)
        return made["id"]

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.scene.stage.tokens[self.scene.load.agencies[0]]}"}
        answer = await self.scene.cluster.http.request(
            method, self.events.url + path, json=body, headers=headers, timeout=30
        )
        if answer.status_code >= 400:
            raise httpx2.HTTPError(f"{answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json()

    async def reminded(self, meeting: str) -> list[dict[str, Any]]:
        """The mails that went out, or would have."""
        db = self.scene.cluster.databases["notify"].db
        wanted = {"subject": f"meeting/{meeting}", "kind": {"$in": sorted(_REMINDERS)}}
        return await db.notifications.find(wanted).to_list(None)

    async def rings(self, meeting: str, what: str) -> None:
        async def all_sent() -> bool:
            found = await self.reminded(meeting)
            return bool(found) and all(row["state"] == "sent" for row in found)

        await self.scene.until(what, all_sent, within=60)
        found = await self.reminded(meeting)
        people = {row["person_id"] for row in found}
        self.scene.require(len(found) == len(people), f"{what}: {len(found)} for {len(people)} people")

    async def silent(self, told: Mapping[str, int], what: str) -> None:
        """Whatever is due by now has been looked at, and of each meeting no more were told than those."""
        db = self.scene.cluster.databases["events"].db
        claimed = {
            "subject": {"$in": [f"meeting/{meeting}" for meeting in told]},
            "kind": "timer",
            "claim": {"$exists": True},
        }

        async def looked_at() -> bool:
            return await db.due.find_one(claimed) is None

        for _ in range(_LOOKS):
            await self.scene.until(what, looked_at, within=20)
            await self._tick()
        for meeting, count in told.items():
            found = await self.reminded(meeting)
            self.scene.require(len(found) == count, f"{what}: {len(found)} reminders, not {count}")

    async def _tick(self) -> None:
        """Twice as long as the timers are looked at."""
        began = self.scene.now()

        async def passed() -> bool:
            return self.scene.now() - began > 0.5

        await self.scene.until("time passes", passed, within=30)

    async def forget_waiting(self, meeting: str) -> None:
        """What waits by MongoDB's clock need not in a suite."""
        db = self.scene.cluster.databases["events"].db
        await db.due.update_many(
            {"subject": f"meeting/{meeting}", "kind": "timer"}, {"$unset": {"until": ""}}
        )


def _write(file: Path, offset: timedelta) -> None:
    """In one piece: what is read of half a file is the right time."""
    written = file.with_suffix(".new")
    written.write_text(f"{offset.total_seconds():+.0f}\n", encoding="ascii")
    written.replace(file)


def _library() -> Path | None:
    places = (Path(place) / "libfaketimeMT.so.1" for place in _LIBRARIES)
    return next((place for place in places if place.is_file()), None)


@asynccontextmanager
async def _clock(scene: Scene) -> AsyncIterator[Clock]:
    """In place of the processes there are: those would ring by the right time."""
    library = _library()
    if library is None:
        raise NotRun("libfaketime is not installed")
    file = scene.cluster.folder / "clock"
    _write(file, timedelta())
    told = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        # Waiting and leases of the client libraries go by the clock that nobody sets.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    for node in (*scene.cluster.of("events"), *scene.cluster.of("notify")):
        await node.stop()
    nodes = [scene.cluster.node(service, 8, **told) for service in ("events", "notify")]
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            await node.ready(scene.cluster.http)
        yield Clock(scene, nodes[0], file)
    finally:
        _write(file, timedelta())
        for node in nodes:
            await node.stop()


async def set_clocks(scene: Scene) -> None:
    await scene.load.silence()
    await scene.settled(within=60)
    async with _clock(scene) as clock:
        for step in _SHORT_STEPS if scene.short else _STEPS:
            await (_forward if step > timedelta() else _back)(clock, step)
            await scene.settled(within=60)
        for wall, instant in _NIGHTS:
            await _night(clock, wall, datetime.fromisoformat(instant))
        clock.set(timedelta())
        await scene.settled(within=60)
    scene.measured("clock set", f"{len(_SHORT_STEPS if scene.short else _STEPS)} times, two nights")


async def _forward(clock: Clock, step: timedelta) -> None:
    """A reminder that is due in between goes once. Where the meeting has begun by the wrong clock nobody is
    told, until the clock is right.
    """
    clock.set(timedelta())
    now = datetime.now(UTC)
    coming = await clock.meeting(now + step + 2 * _HOUR, {"minutes_before": 130})
    begun = await clock.meeting(now + step / 2, {"minutes_before": _minutes(step / 2 - _SOON)})
    clock.set(step)
    await clock.rings(coming, f"the clock is {step} ahead")
    people = len(await clock.reminded(coming))
    await clock.silent({begun: 0}, f"the clock is {step} ahead, and the meeting has begun")
    clock.set(timedelta())
    await clock.silent({coming: people}, f"the clock was {step} ahead")
    await clock.forget_waiting(begun)
    clock.set(_PAST)
    await clock.rings(begun, "the clock is right again")


async def _back(clock: Clock, step: timedelta) -> None:
    """What has gone goes no second time, and what was not due by then waits."""
    clock.set(timedelta())
    now = datetime.now(UTC)
    gone = await clock.meeting(now + 2 * _HOUR, {"minutes_before": _minutes(2 * _HOUR - _SOON)})
    clock.set(_PAST)
    await clock.rings(gone, "before the clock is set back")
    people = len(await clock.reminded(gone))
    clock.set(step)
    starts = datetime.now(UTC) + 2 * _HOUR
    waiting = await clock.meeting(starts, {"minutes_before": _minutes(2 * _HOUR - _SOON)})
    await clock.silent({gone: people, waiting: 0}, f"the clock is {-step} behind")
    clock.set(_PAST)
    await clock.rings(waiting, "the clock is right again")
    await clock.silent({gone: people}, f"the clock was {-step} behind")


async def _night(clock: Clock, wall: str, instant: datetime) -> None:
    """A reminder at 02:30 on the night when the clock is turned goes once, when RFC 5545 says."""
    clock.set_to(instant - timedelta(hours=12))
    at = datetime.fromisoformat(wall)
    reminder = {"days_before": 1, "at": f"{at:%H:%M}"}
    meeting = await clock.meeting(instant + _DAY + timedelta(hours=6), reminder)
    clock.set_to(instant - timedelta(minutes=10))
    await clock.silent({meeting: 0}, f"before {wall}")
    clock.set_to(instant)
    await clock.rings(meeting, f"at {wall}")
    people = len(await clock.reminded(meeting))
    clock.set_to(instant + _HOUR)
    await clock.silent({meeting: people}, f"an hour after {wall}")


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


ROWS = (
    Row(
        "clocks",
        "every reminder once and none after the start, however the clock is set",
        set_clocks,
        short=False,
    ),
)
