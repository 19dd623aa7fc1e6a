"""Seats and the line for them: never one too many, and first come, first served."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.events.models.documents import (
    COMING,
    LIVE,
    SEATED,
    Departure,
    Meeting,
    Participant,
    Wish,
    participant_id,
)
from shared.contracts.events import ParticipantState, answers_at
from shared.errors import Conflict, NotFound


class Room:
    """A meeting's seats while what is asked for is settled.

    `line` holds the first of those who wait; where it is not the whole line, whoever joins meanwhile stands
    behind what is not seen here.
    """

    def __init__(
        self,
        meeting: Meeting,
        participants: Iterable[Participant],
        line: Iterable[Participant],
        *,
        whole: bool,
    ) -> None:
        waiting = list(line)
        self.meeting = meeting
        self.participants = {p.person_id: p for p in (*participants, *waiting)}
        self.whole_line = whole
        self._line = sorted(p.turn for p in waiting)
        self.touched: list[str] = []

    @property
    def line(self) -> list[str]:
        return [person_id for _, person_id in self._line]

    @property
    def unpromoted(self) -> bool:
        """There are seats and people in line whom this room has not seen."""
        return not self._line and not self.whole_line and self._has_seat

    @property
    def _has_seat(self) -> bool:
        return self.meeting.free is None or self.meeting.free > 0

    def put(self, participant: Participant) -> None:
        """Keep the new state of somebody, with the seats and the line that it means."""
        before = self.participants.get(participant.person_id)
        taken = (participant.state in SEATED) - (before is not None and before.state in SEATED)
        if taken:
            self.meeting = self.meeting.model_copy(update={"taken": self.meeting.taken + taken})
        if before and before.state == "waiting" and before.turn in self._line:
            self._line.remove(before.turn)
        if participant.state == "waiting" and self.whole_line:
            insort(self._line, participant.turn)
        self.participants[participant.person_id] = participant
        self.touched.append(participant.person_id)

    @property
    def can_seat(self) -> bool:
        """Nobody passes those who wait already."""
        return self.meeting.free is None or (self._has_seat and self.whole_line and not self._line)

    def first_in_line(self) -> Participant | None:
        return self.participants[self._line[0][1]] if self._line and self._has_seat else None


def answer(room: Room, person_id: str, wish: Wish, at: datetime) -> None:
    """Idempotent: the same answer again changes nothing, whatever has closed since.

    Raises:
        Conflict: answers are not open, and this is not a no.
        NotFound: they are not on the list.

    """
    participant = room.participants.get(person_id)
    if participant is None:
        raise NotFound("There is no such participant.")
    if _stands(participant, wish):
        return
    _require_open(room.meeting, participant, wish, at)
    if wish == "accepted":
        _seat(room, participant, at)
    else:
        _set(room, participant, wish, at)
    promote(room)


def leave(room: Room, person_id: str) -> Departure | None:
    """Somebody left; tells who got their seat where they had meant to come. Idempotent."""
    participant = room.participants.get(person_id)
    if participant is None or participant.state not in LIVE:
        return None
    before = participant.state
    room.put(participant.model_copy(update={"state": "cancelled", "waiting_since": None}))
    promoted = promote(room)
    return (
        Departure(person_id=person_id, promoted_id=next(iter(promoted), None)) if before in COMING else None
    )


def invite(room: Room, person_id: str, agency: str, at: datetime, *, late: bool) -> None:
    """Once: whoever has been invited stays as they are; whoever had left and came back is invited anew."""
    meeting, known = room.meeting, room.participants.get(person_id)
    if meeting.state != "invited" or meeting.starts_at <= at or (known and known.state != "cancelled"):
        return
    room.put(
        Participant(
            id=participant_id(meeting.id, person_id),
            version=known.version if known else 0,
            meeting_id=meeting.id,
            person_id=person_id,
            agency=agency,
            state="invited",
            late=late,
            invited_at=at,
            told_sequence=meeting.sequence,
            own_sequence=known.own_sequence if known else 0,
            stamped_at=known.stamped_at if known else None,
        )
    )


def promote(room: Room) -> list[str]:
    """Give free seats to the first in line; returns who got one, first first."""
    promoted: list[str] = []
    if room.meeting.state != "invited":
        return promoted
    while first := room.first_in_line():
        room.put(first.model_copy(update={"state": "accepted", "waiting_since": None}))
        promoted.append(first.person_id)
    return promoted


def recount(counts: dict[str, int], before: Iterable[str], after: Iterable[str]) -> dict[str, int]:
    """How many are in each state, after some have gone from `before` to `after`."""
    counter = Counter(counts)
    counter.subtract(Counter(before))
    counter.update(Counter(after))
    return {state: count for state, count in sorted(counter.items()) if count}


def joined(before: dict[str, Participant], room: Room, waiting: int) -> dict[str, int]:
    """The place in line, from 1, of each who joined it since `before`, when `waiting` stand in it now."""
    fresh = [
        p
        for p in room.participants.values()
        if p.state == "waiting" and before[p.person_id].waiting_since != p.waiting_since
    ]
    fresh.sort(key=lambda p: p.turn)
    return {p.person_id: waiting - len(fresh) + number for number, p in enumerate(fresh, 1)}


def _stands(participant: Participant, wish: Wish) -> bool:
    return participant.state == wish or (wish == "accepted" and participant.state == "waiting")


def _require_open(meeting: Meeting, participant: Participant, wish: Wish, at: datetime) -> None:
    if meeting.state == "cancelled":
        raise Conflict("The meeting is cancelled: no answer is needed.")
    if at >= meeting.starts_at:
        raise Conflict("The meeting has begun: answers are closed.")
    if participant.state == "cancelled":
        raise Conflict("This person no longer takes part.")
    if wish == "declined":
        return
    answers = answers_at(meeting.opens_at, meeting.closes_at, at)
    if answers == "not_yet":
        raise Conflict(f"Answers open {_clock(meeting, meeting.opens_at)}. You can decline already.")
    if answers == "closed":
        raise Conflict(f"Answers closed {_clock(meeting, meeting.closes_at)}. You can still decline.")


def _clock(meeting: Meeting, time: datetime | None) -> str:
    return f"{(time or meeting.starts_at).astimezone(ZoneInfo(meeting.zone)):%Y-%m-%d %H:%M} ({meeting.zone})"


def _seat(room: Room, participant: Participant, at: datetime) -> None:
    if room.can_seat:
        _set(room, participant, "accepted", at)
    else:
        _set(room, participant, "waiting", at, waiting_since=at)


def _set(
    room: Room,
    participant: Participant,
    state: ParticipantState,
    at: datetime,
    waiting_since: datetime | None = None,
) -> None:
    changes: dict[str, Any] = {"state": state, "answered_at": at, "waiting_since": waiting_since}
    if participant.state == "declined":
        # They were not told of changes while they did not want to come; now they are told all of it.
        changes["told_sequence"] = room.meeting.sequence
    room.put(participant.model_copy(update=changes))
