"""Somebody leaves who sits in many meetings: one that fails keeps no seat in another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.events.models.documents import Departure
from services.events.rules import seats
from shared.due import rows, worker
from tests.events.network import Network
from tests.events.test_leavers import leave
from tests.harness import eventually


async def test_a_meeting_that_fails_keeps_nobody_s_seat_in_another_and_is_set_aside(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_PAUSES", (rows.timedelta(0), rows.timedelta(0)))
    monkeypatch.setattr(worker, "_SUSPECTS_AFTER", 0.0)
    first = network.members[0]
    meetings = [await network.invited() for _ in range(3)]
    for meeting in meetings:
        await network.answer(meeting, first, "accepted")
    await network.idle()
    bad = min(meetings)
    really = seats.leave

    def fails(room: seats.Room, person_id: str, at: datetime) -> Departure | None:
        if room.meeting.id == bad:
            raise KeyError(bad)
        return really(room, person_id, at)

    monkeypatch.setattr(seats, "leave", fails)
    await leave(network, first)

    async def states() -> Sequence[str]:
        return [(await network.states(meeting))[first.id] for meeting in sorted(meetings)]

    await eventually(states, until=lambda found: found == ["accepted", "cancelled", "cancelled"])

    async def aside() -> Any:
        return await network.db.due.find_one({"_id": f"leave/{first.id}/{bad}"})

    found = await eventually(aside, until=lambda row: row["state"] == "aside", within=30)
    assert found["why"].startswith("KeyError in ")
    ready = await eventually(
        lambda: network.http.get("/readyz"), until=lambda a: a.json()["status"] == "degraded", within=30
    )
    assert ready.status_code == 200
    # When the fault is mended, being asked for again is enough.
    monkeypatch.setattr(seats, "leave", really)
    await network.db.due.update_one(
        {"_id": found["_id"]}, {"$set": {"state": "due"}, "$unset": {"aside_at": ""}}
    )
    await eventually(states, until=lambda found: set(found) == {"cancelled"})
