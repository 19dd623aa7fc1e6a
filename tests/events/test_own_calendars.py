"""What a person's own calendar is sent, whatever they answer and whatever becomes of the meeting (RFC 5546)."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.models.documents import Participant
from services.events.rules import meetings, notices, seats
from services.events.rules.calendar import Invitation, Organizer
from shared.errors import Conflict
from tests.events.network import Network, event, parsed
from tests.events.test_seat_rules import NOW, START, a_meeting, a_participant

ORGANIZER = Organizer("moten@agencynet.example")
Sent = tuple[str, str, str | None, str, int]


class Played:
    """One person (`me`) and another at one meeting, by the rules alone; the clock stands still."""

    def __init__(self, capacity: int | None = None) -> None:
        self.room = seats.Room(
            a_meeting(capacity=capacity), [a_participant("me"), a_participant("other")], [], whole=True
        )
        self.sent: list[Any] = []
        self._send(None, self._me)

    @property
    def _me(self) -> Participant:
        return self.room.participants["me"]

    def play(self, step: str) -> None:
        before = self._me
        try:
            self._do(step)
        except Conflict:
            return
        after = self._me
        tell = notices.of_meeting(self.room.meeting, after)
        if step in {"moved", "called off"} and tell:
            after = after.model_copy(update={"told_sequence": self.room.meeting.sequence})
            self._send(before, after, tell.kind, tell.method)
        elif after != before:
            self._send(before, after)

    def _do(self, step: str) -> None:
        match step:
            case "moved":
                ends = self.room.meeting.ends_at + timedelta(hours=1)
                self.room.meeting = meetings.edit(self.room.meeting, {"ends_at": ends}, NOW)
            case "called off":
                self.room.meeting = meetings.cancel(self.room.meeting, NOW)
            case "other yes":
                seats.answer(self.room, "other", "accepted", NOW)
            case "other no":
                seats.answer(self.room, "other", "declined", NOW)
            case "yes" | "maybe" | "no":
                wish: Any = {"yes": "accepted", "maybe": "tentative", "no": "declined"}[step]
                seats.answer(self.room, "me", wish, NOW)

    def _send(
        self, before: Participant | None, after: Participant, kind: str = "", method: Any = None
    ) -> None:
        if before is None or before.state != after.state:
            after = after.model_copy(update={"version": after.version + 1})
        after = notices.in_calendar(before, after, NOW)
        self.room.participants["me"] = after
        tell = notices.of_change(before, after, None)
        if not kind:
            assert tell, (before, after)
            kind, method = tell.kind, tell.method
        text = Invitation(self.room.meeting, ORGANIZER, NOW).to(after, after.state, method, "sv")
        root = parsed(text)
        (found,) = root.walk("VEVENT")
        self.sent.append((kind.removeprefix("events."), str(root["method"]), found))

    def said(self) -> list[Sent]:
        return [
            (kind, method, found.get("status"), found["attendee"].params["PARTSTAT"], found["sequence"])
            for kind, method, found in self.sent
        ]


ASKED: Sent = ("invited", "REQUEST", "CONFIRMED", "NEEDS-ACTION", 0)
YES: Sent = ("place_confirmed", "REQUEST", "CONFIRMED", "ACCEPTED", 0)
NO: Sent = ("declined", "CANCEL", None, "DECLINED", 1)


@pytest.mark.parametrize(
    ("capacity", "steps", "sent"),
    [
        (None, ["yes"], [ASKED, YES]),
        (None, ["no"], [ASKED, NO]),
        (None, ["yes", "no"], [ASKED, YES, NO]),
        (None, ["yes", "yes", "no", "no"], [ASKED, YES, NO]),
        (
            None,
            ["yes", "no", "yes"],
            [ASKED, YES, NO, ("place_confirmed", "REQUEST", "CONFIRMED", "ACCEPTED", 2)],
        ),
        (None, ["maybe"], [ASKED, ("tentative", "REQUEST", "CONFIRMED", "TENTATIVE", 0)]),
        (
            None,
            ["yes", "maybe", "no"],
            [ASKED, YES, ("tentative", "REQUEST", "CONFIRMED", "TENTATIVE", 0), NO],
        ),
        (
            None,
            ["yes", "moved", "called off"],
            [
                ASKED,
                YES,
                ("changed", "REQUEST", "CONFIRMED", "ACCEPTED", 1),
                ("cancelled", "CANCEL", "CANCELLED", "ACCEPTED", 2),
            ],
        ),
        # It has left the calendar, so nothing is told until it is put back: as it is by then.
        (
            None,
            ["yes", "no", "moved", "yes", "moved", "called off"],
            [
                ASKED,
                YES,
                NO,
                ("place_confirmed", "REQUEST", "CONFIRMED", "ACCEPTED", 3),
                ("changed", "REQUEST", "CONFIRMED", "ACCEPTED", 4),
                ("cancelled", "CANCEL", "CANCELLED", "ACCEPTED", 5),
            ],
        ),
        (None, ["yes", "no", "moved", "called off"], [ASKED, YES, NO]),
        (
            1,
            ["other yes", "yes", "other no", "called off"],
            [
                ASKED,
                ("place_waiting", "REQUEST", "TENTATIVE", "TENTATIVE", 0),
                ("place_given", "REQUEST", "CONFIRMED", "ACCEPTED", 0),
                ("cancelled", "CANCEL", "CANCELLED", "ACCEPTED", 1),
            ],
        ),
        (
            1,
            ["other yes", "yes", "moved", "no"],
            [
                ASKED,
                ("place_waiting", "REQUEST", "TENTATIVE", "TENTATIVE", 0),
                ("changed", "REQUEST", "TENTATIVE", "TENTATIVE", 1),
                ("declined", "CANCEL", None, "DECLINED", 2),
            ],
        ),
        (
            1,
            ["other yes", "yes", "called off"],
            [
                ASKED,
                ("place_waiting", "REQUEST", "TENTATIVE", "TENTATIVE", 0),
                ("cancelled", "CANCEL", "CANCELLED", "TENTATIVE", 1),
            ],
        ),
    ],
)
def test_every_answer_move_and_cancellation_reaches_the_calendar(
    capacity: int | None, steps: list[str], sent: list[Sent]
) -> None:
    played = Played(capacity)
    for step in steps:
        played.play(step)
    assert played.said() == sent


STEPS = st.sampled_from(["yes", "maybe", "no", "moved", "called off", "other yes", "other no"])


@given(st.lists(STEPS, max_size=12), st.sampled_from([None, 1]))
def test_each_object_is_newer_than_the_last_and_the_calendar_ends_up_right(
    steps: list[str], capacity: int | None
) -> None:
    played = Played(capacity)
    for step in steps:
        played.play(step)
    for (_, _, older), (_, _, newer) in pairwise(played.sent):
        assert newer["sequence"] >= older["sequence"]
        assert (newer["sequence"], newer["dtstamp"].dt) > (older["sequence"], older["dtstamp"].dt)
        assert newer["dtstamp"].dt > older["dtstamp"].dt, "a program that looks at this alone is right too"
        assert newer["last-modified"].dt == newer["dtstamp"].dt
    _, method, last = played.sent[-1]
    me, meeting = played.room.participants["me"], played.room.meeting
    assert (method == "CANCEL") == (me.state == "declined" or meeting.state == "cancelled")
    if method == "REQUEST":
        assert last["dtend"].dt == meeting.ends_at
        assert str(last["summary"]).startswith("I kö: ") == (me.state == "waiting")
        assert last["dtstart"].dt == START


async def test_a_no_on_the_web_takes_the_meeting_out_of_the_calendar_and_a_yes_puts_it_back(
    network: Network,
) -> None:
    first = network.members[0]
    meeting = await network.invited()
    for number, wish in enumerate(("accepted", "declined", "accepted"), 2):
        await network.answer(meeting, first, wish)
        await network.told(first, number)
    told = await network.told(first, 4)
    kinds = ["events.invited", "events.place_confirmed", "events.declined", "events.place_confirmed"]
    assert [one.kind for one in told] == kinds
    assert [one.calendar and one.calendar.method for one in told] == [
        "REQUEST",
        "REQUEST",
        "CANCEL",
        "REQUEST",
    ]
    sent = [event(one) for one in told]
    assert [one["sequence"] for one in sent] == [0, 0, 1, 2]
    assert len({one["dtstamp"].dt for one in sent}) == 4
    assert "status" not in sent[2], "RFC 5546 3.2.5: the meeting itself is not cancelled"


async def test_whoever_stands_in_line_sees_so_in_the_calendar_and_in_the_feed(network: Network) -> None:
    first, second = network.members
    meeting = await network.invited(capacity=1, title="Ramavtal")
    await network.people(second.model_copy(update={"version": 2, "language": "en"}))
    await network.answer(meeting, first, "accepted")
    await network.answer(meeting, second, "accepted")
    waiting = event((await network.told(second, 2))[-1])
    assert (str(waiting["summary"]), str(waiting["status"])) == ("In line: Ramavtal", "TENTATIVE")
    made = await network.http.post("/events/v1/calendars", headers=network.as_(second))
    (shown,) = parsed((await network.http.get(made.json()["path"])).text).walk("VEVENT")
    assert (str(shown["summary"]), str(shown["status"])) == ("In line: Ramavtal", "TENTATIVE")
    assert "https://video.example/möte" in str(shown["description"])
    await network.answer(meeting, first, "declined")
    given_ = event((await network.told(second, 3))[-1])
    assert (str(given_["summary"]), str(given_["status"])) == ("Ramavtal", "CONFIRMED")
    assert given_["sequence"] == waiting["sequence"]
    assert given_["dtstamp"].dt > waiting["dtstamp"].dt
    assert given_["attendee"].params["RSVP"] == "FALSE"
