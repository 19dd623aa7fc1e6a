"""Who has a seat at a meeting and who waits: participants as the engine of `shared.seats` decides."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.events import refusals
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
from shared.seats.engine import apply
from shared.seats.facts import Fact, Queued, Seated
from shared.seats.inputs import Ask, Input, Release, Tick
from shared.seats.models import Claim, Rank, Seating, Terms

# A meeting has no quotas, and counts its seats together.
_ANYBODY = ""
_CLAIMING = SEATED | {"waiting"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Room:
    """Who takes part in a meeting, while a batch of steps is settled. The engine decides who has a seat.

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
        waiting = sorted(line, key=lambda one: one.turn)
        self.participants = {p.person_id: p for p in (*participants, *waiting)}
        self.touched: list[str] = []
        self._meeting = meeting
        self._seating = Seating(
            _terms(meeting),
            claims={p.person_id: _claim(p) for p in self.participants.values() if p.state in _CLAIMING},
            taken={_ANYBODY: meeting.taken} if meeting.taken else {},
            waiting=meeting.counts.get("waiting", len(waiting)),
            line=tuple(p.person_id for p in waiting),
            unseen=not whole,
        )

    @property
    def meeting(self) -> Meeting:
        return self._meeting

    @meeting.setter
    def meeting(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._seating = replace(self._seating, terms=_terms(meeting))

    @property
    def line(self) -> list[str]:
        return list(self._seating.line)

    @property
    def unpromoted(self) -> bool:
        """There are seats and people in line whom this room has not seen."""
        return self._seating.goes_on_unseen

    def put(self, participant: Participant) -> None:
        self.participants[participant.person_id] = participant
        self.touched.append(participant.person_id)

    def settle(self, asked: Input) -> tuple[Fact, ...]:
        outcome = apply(self._seating, asked)
        self._seating = outcome.seating
        if outcome.seating.taken_in_all != self._meeting.taken:
            self._meeting = self._meeting.model_copy(update={"taken": outcome.seating.taken_in_all})
        return outcome.facts


def _terms(meeting: Meeting) -> Terms:
    return Terms(meeting.capacity, seats_until=meeting.starts_at, held=meeting.state == "invited")


def _claim(participant: Participant) -> Claim:
    if participant.state == "waiting":
        return Claim(participant.person_id, _ANYBODY, "waiting", _rank(*participant.turn))
    return Claim(participant.person_id, _ANYBODY, "seated")


def _rank(since: datetime, person_id: str) -> Rank:
    """By time, ties by id: what is stored of a place in line is when it was taken."""
    return (since - _EPOCH) // timedelta(microseconds=1), person_id


def answer(room: Room, person_id: str, wish: Wish, at: datetime) -> None:
    """Idempotent: the same answer again changes nothing, whatever has closed since.

    Raises:
        Conflict: answers are not open, and this is not a no.
        NotFound: they are not on the list.

    """
    participant = room.participants.get(person_id)
    if participant is None:
        raise refusals.NoSuchParticipant
    if _stands(participant, wish):
        return
    _require_open(room.meeting, participant, wish, at)
    if wish != "accepted":
        facts = room.settle(Release(person_id, at))
        _set(room, participant, wish, at)
        _seat(room, facts)
        return
    facts = room.settle(Ask(person_id, _ANYBODY, at, _rank(at, person_id)))
    if any(isinstance(fact, Queued) for fact in facts):
        _set(room, participant, "waiting", at, waiting_since=at)
    else:
        _set(room, participant, "accepted", at)


def leave(room: Room, person_id: str, at: datetime) -> Departure | None:
    """Somebody left; tells who got their seat where they had meant to come. Idempotent."""
    participant = room.participants.get(person_id)
    if participant is None or participant.state not in LIVE:
        return None
    before = participant.state
    facts = room.settle(Release(person_id, at))
    room.put(participant.model_copy(update={"state": "cancelled", "waiting_since": None}))
    promoted = _seat(room, facts)
    return (
        Departure(person_id=person_id, promoted_id=next(iter(promoted), None)) if before in COMING else None
    )


def invite(room: Room, person_id: str, agency: str, at: datetime, *, late: bool) -> None:
    """Once: whoever has been invited stays as they are; whoever had left and came back is invited again."""
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


def serve_line(room: Room, at: datetime) -> None:
    """Give free seats to the first in line."""
    _seat(room, room.settle(Tick(at)))


def _seat(room: Room, facts: Iterable[Fact]) -> list[str]:
    """Keep who got a seat from the line; returns them, first first."""
    promoted = [fact.id for fact in facts if isinstance(fact, Seated) and fact.way == "promoted"]
    for id_ in promoted:
        room.put(room.participants[id_].model_copy(update={"state": "accepted", "waiting_since": None}))
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
        raise refusals.CancelledMeetingNeedsNoAnswer
    if at >= meeting.starts_at:
        raise refusals.TooLateToAnswer
    if participant.state == "cancelled":
        raise refusals.NoLongerTakesPart
    if wish == "declined":
        return
    answers = answers_at(meeting.opens_at, meeting.closes_at, at)
    if answers == "not_yet":
        raise refusals.AnswersAreNotOpen(
            f"Answers open {_clock(meeting, meeting.opens_at)}. You can decline already."
        )
    if answers == "closed":
        raise refusals.AnswersAreClosed(
            f"Answers closed {_clock(meeting, meeting.closes_at)}. You can still decline."
        )


def _clock(meeting: Meeting, time: datetime | None) -> str:
    return f"{(time or meeting.starts_at).astimezone(ZoneInfo(meeting.zone)):%Y-%m-%d %H:%M} ({meeting.zone})"


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
