"""Audiences, changes of meetings and who is told, without anything around them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.events.models.documents import Meeting, Participant, Tell
from services.events.models.people import Colleague
from services.events.rules import meetings, notices
from services.events.rules.audience import is_empty, reaches
from shared.contracts.events import Audience, ParticipantState
from shared.contracts.ids import NOBODY
from shared.contracts.types import Held
from shared.errors import Conflict, Invalid
from tests.events.test_seat_rules import NOW, START, a_meeting, a_participant
from tests.harness import a_person

DAY = date(2027, 2, 1)
_SOMEBODY = a_person("csn", "x", specialties=("ramavtal", "LOU"), groups=("g1",)).model_copy(
    update={
        "roles": (Held(code="upphandlare"), Held(code="chef", until=date(2027, 1, 31))),
        "assignments": (Held(code="huvudskyddsombud", since=DAY),),
    }
)
SOMEBODY = Colleague.model_validate(_SOMEBODY, from_attributes=True)
RULES = [
    ({}, False),
    ({"roles": ("upphandlare", "kock")}, True),
    ({"roles": ("chef",)}, False),
    ({"roles": ("huvudskyddsombud",)}, True),
    ({"assignments": ("huvudskyddsombud",)}, True),
    ({"assignments": ("upphandlare",)}, False),
    ({"roles": ("upphandlare",), "agencies": ("spv",)}, False),
    ({"roles": ("upphandlare",), "agencies": ("spv", "csn"), "places": ("Sundsvall",)}, True),
    ({"specialties": ("LOU",), "groups": ("g1", "g2")}, True),
    ({"groups": ("g2",)}, False),
    ({"places": ("Härnösand",)}, False),
]


@pytest.mark.parametrize(("rule", "expected"), RULES)
def test_a_rule_reaches_any_of_each_list_and_all_lists(rule: dict[str, Any], expected: bool) -> None:
    assert reaches(Audience(**rule), SOMEBODY, DAY) is expected


def test_an_empty_rule_reaches_nobody_and_a_leaver_is_not_reached() -> None:
    assert is_empty(Audience())
    left = SOMEBODY.model_copy(update={"status": "left"})
    assert not reaches(Audience(roles=("upphandlare",)), left, DAY)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"starts_at": NOW}, {"starts_at"}),
        ({"ends_at": START}, {"ends_at"}),
        ({"ends_at": START + timedelta(days=40)}, {"ends_at"}),
        (
            {"starts_at": START + timedelta(days=9999), "ends_at": START + timedelta(days=9999, hours=1)},
            {"starts_at"},
        ),
        ({"zone": "Sundsvall"}, {"zone"}),
        ({"zone": "../../etc/passwd"}, {"zone"}),
        ({"closes_at": START + timedelta(seconds=1)}, {"closes_at"}),
        ({"closes_at": START}, set()),
        ({"opens_at": START}, {"opens_at"}),
        ({"opens_at": NOW + timedelta(days=2), "closes_at": NOW + timedelta(days=1)}, {"opens_at"}),
        ({"capacity": 2, "taken": 3}, {"capacity"}),
        ({"ends_at": NOW, "zone": "", "opens_at": START}, {"ends_at", "zone", "opens_at"}),
    ],
)
def test_every_wrong_field_is_named(changes: dict[str, Any], wrong: set[str]) -> None:
    assert set(meetings.problems(a_meeting(**changes), NOW)) == wrong


@pytest.mark.parametrize(
    ("state", "changes", "sequence"),
    [
        ("invited", {"place": "Sal B"}, 1),
        ("invited", {"place": "Sal B", "title": "Nytt"}, 1),
        ("invited", {"capacity": 7, "group_id": "g"}, 0),
        ("invited", {"title": "Möte"}, 0),
        ("draft", {"place": "Sal B"}, 0),
    ],
)
def test_sequence_rises_with_what_calendars_show(state: str, changes: dict[str, Any], sequence: int) -> None:
    assert meetings.edit(a_meeting(state=state), changes, NOW).sequence == sequence


def test_a_change_to_what_it_is_already_changes_nothing() -> None:
    before = a_meeting()
    assert meetings.edit(before, {"title": "Möte", "capacity": None}, NOW) is before


def test_what_changed_is_known_since_each_time_somebody_was_told() -> None:
    meeting = meetings.edit(a_meeting(), {"place": "Sal A"}, NOW)
    meeting = meetings.edit(meeting, {"title": "Nytt", "place": "Sal B"}, NOW)
    assert meetings.edited_since(meeting, 0) == ("place", "title")
    assert set(meetings.edited_since(meeting, 1)) == {"place", "title"}
    assert meetings.edited_since(meeting, 2) == ()


@pytest.mark.parametrize(
    ("meeting", "changes", "error"),
    [
        ({"state": "cancelled"}, {"place": "x"}, Conflict),
        ({"starts_at": NOW}, {"place": "x"}, Conflict),
        ({}, {"audience": Audience(roles=("chef",))}, Conflict),
        ({"taken": 3}, {"capacity": 2}, Invalid),
    ],
)
def test_what_can_t_be_changed_is_refused(
    meeting: dict[str, Any], changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        meetings.edit(a_meeting(**meeting), changes, NOW)


def test_cancelling_twice_is_cancelling_once() -> None:
    once = meetings.cancel(a_meeting(), NOW)
    assert (once.state, once.sequence) == ("cancelled", 1)
    assert meetings.cancel(once, NOW) is once


@pytest.mark.parametrize(("to", "convenor", "needs"), [("d", "d", False), (None, "c", True)])
def test_a_leaver_s_meeting_goes_to_an_heir_or_up_for_handing_over(
    to: str | None, convenor: str, needs: bool
) -> None:
    after = meetings.hand_over(a_meeting(), "c", to, NOW)
    assert (after.convenor_id, after.needs_convenor) == (convenor, needs)
    assert meetings.hand_over(after, "c", to, NOW) is after
    assert meetings.hand_over(a_meeting(), "somebody else", to, NOW) == a_meeting()


def test_inviting_freezes_a_list_once() -> None:
    draft = a_meeting(state="draft", revision=4)
    later = NOW + timedelta(hours=1)
    once = meetings.invite(draft, 7, later)
    assert (once.state, once.listed, once.revision, once.changed_at) == ("invited", 7, 5, later)
    assert meetings.invite(once, 9, NOW) is once


@pytest.mark.parametrize(
    ("state", "now", "said"),
    [
        ("cancelled", NOW, "cancelled"),
        ("draft", START, "begun"),
        ("draft", START + timedelta(seconds=1), "begun"),
    ],
)
def test_nobody_is_invited_to_what_is_cancelled_or_has_begun(state: str, now: datetime, said: str) -> None:
    with pytest.raises(Conflict, match=said):
        meetings.invite(a_meeting(state=state), 7, now)


def test_another_agency_takes_a_meeting_over() -> None:
    before = a_meeting(needs_convenor=True, revision=4)
    later = NOW + timedelta(hours=1)
    after = meetings.take_over(before, "spv", "d", later)
    assert (after.convenor_agency, after.convenor_id, after.needs_convenor) == ("spv", "d", False)
    assert (after.revision, after.changed_at) == (5, later)


def test_a_meeting_of_somebody_erased_is_nobody_s_and_newer() -> None:
    after = meetings.unnamed(a_meeting())
    assert (after.convenor_id, after.version) == (NOBODY, 2)


@pytest.mark.parametrize(
    ("convenor", "by", "told"), [("d", "c", True), ("d", None, True), ("d", "d", False), ("c", "d", False)]
)
def test_a_new_convenor_is_told_unless_they_took_it_over(
    convenor: str, by: str | None, *, told: bool
) -> None:
    after = a_meeting(convenor_id=convenor, revision=5)
    tell = notices.of_convenor(a_meeting(), after, by)
    expected = Tell(person_id="d", kind="events.convenor", version=5, state="accepted", method=None)
    assert tell == (expected if told else None)


def _told(before: ParticipantState | None, after: ParticipantState) -> str | None:
    was: Participant | None = a_participant("p", before) if before else None
    tell = notices.of_change(was, a_participant("p", after), None)
    return tell.kind if tell else None


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, "invited", "events.invited"),
        ("cancelled", "invited", "events.invited"),
        ("invited", "accepted", "events.place_confirmed"),
        ("declined", "accepted", "events.place_confirmed"),
        ("invited", "waiting", "events.place_waiting"),
        ("waiting", "accepted", "events.place_given"),
        ("accepted", "accepted", None),
        ("accepted", "declined", "events.declined"),
        ("invited", "declined", "events.declined"),
        ("waiting", "tentative", "events.tentative"),
        ("accepted", "cancelled", None),
    ],
)
def test_a_new_state_is_told_by_what_it_was_before(
    before: ParticipantState | None, after: ParticipantState, kind: str | None
) -> None:
    assert _told(before, after) == kind


@pytest.mark.parametrize(
    ("state", "told", "meeting", "kind"),
    [
        ("accepted", 0, "invited", "events.changed"),
        ("waiting", 0, "cancelled", "events.cancelled"),
        ("invited", 1, "invited", None),
        ("declined", 0, "cancelled", None),
        ("cancelled", 0, "invited", None),
    ],
)
def test_a_change_is_told_to_those_who_may_come_and_have_not_heard(
    state: ParticipantState, told: int, meeting: str, kind: str | None
) -> None:
    changed: Meeting = a_meeting(state=meeting, sequence=1)
    tell = notices.of_meeting(changed, a_participant("p", state, told_sequence=told))
    assert (tell.kind if tell else None) == kind
