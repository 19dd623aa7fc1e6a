"""Who a record is about, what its version is worth, and what of a refused one holds: rules in tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.directory.intake.rules import intake
from services.directory.intake.rules.identity import near_ids, who
from services.directory.intake.rules.safety import SafetyFacts, facts_in, facts_of
from services.directory.people.rules.fields import FORGOTTEN
from shared.contracts.ids import canonical, person_id
from shared.contracts.staff import StaffRecord

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NEWEST = intake.newest_version(NOW)
MS = int(NOW.timestamp() * 1000)


def record(
    given: str, family: str, mail: str | None = None, since: str | None = None, status: str = "active"
) -> StaffRecord:
    return StaffRecord.model_validate(
        {
            "employee_id": "r1",
            "version": 1,
            "status": status,
            "given_name": given,
            "family_name": family,
            "email": mail,
            "employed_from": date.fromisoformat(since) if since else None,
        }
    )


URBAN = ("Urban", "Provsson", "urban@csn.example", "2010-01-01")


@pytest.mark.parametrize(
    ("before", "after", "left", "at_work"),
    [
        # before, after, of a leaver, of somebody at work
        (URBAN, ("Nadja", "Nyprov", "nadja@csn.example", "2026-11-30"), "somebody_else", "somebody_else"),
        (URBAN, URBAN, "same", "same"),
        (URBAN, ("Urban", "Provsson", None, "2026-11-30"), "same", "same"),
        (URBAN, ("Urban", "Lind", "urban@csn.example", None), "same", "same"),
        (URBAN, ("Urban", "Lind", "urban.lind@csn.example", "2010-01-01"), "same", "same"),
        (URBAN, ("Urban", "Provsson Lind", None, None), "same", "same"),
        (URBAN, ("Urban", "Lind", "urban.lind@csn.example", "2026-11-30"), "somebody_else", "same"),
        (URBAN, ("Urbán", "PROVSSON", None, None), "same", "same"),
        (URBAN, ("Provsson", "Urban", None, None), "same", "same"),
        (URBAN, ("Ursula", "Provsson", "ursula@csn.example", "2026-11-30"), "somebody_else", "same"),
        (URBAN, ("Ursula", "Provsson", "urban@csn.example", None), "same", "same"),
        (URBAN, ("Ulla", "Lind", "urban@csn.example", "2010-01-01"), "same", "same"),
        (URBAN, ("Ulla", "Lind", "urban@csn.example", "2026-11-30"), "somebody_else", "same"),
        (("Suharto", "", None, None), ("Suharto", "", None, "2026-01-01"), "same", "same"),
        (("Suharto", "", None, None), ("Sukarno", "", None, None), "somebody_else", "somebody_else"),
    ],
)
def test_an_id_stands_for_the_same_person_unless_it_was_given_away(
    before: Any, after: Any, left: str, at_work: str
) -> None:
    assert who(record(*before, status="left"), record(*after)) == left
    assert who(record(*before), record(*after)) == at_work


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("e1", "E1"),
        (" e1 ", "e1"),
        ("Å1", "A\N{COMBINING RING ABOVE}1"),
        ("a  1", "a 1"),
        ("STRASSE", "straße"),
    ],
)
def test_ids_that_differ_in_case_blanks_or_composition_are_one_person(sent: str, known: str) -> None:
    assert canonical(sent) == canonical(known)
    assert person_id("csn", sent) == person_id("csn", known)


def test_ids_that_differ_in_zeros_or_inner_blanks_are_two_people() -> None:
    assert len({person_id("csn", each) for each in ("1", "01", "1 11", "11 1", "111")}) == 5
    assert "0001" in near_ids("1")
    assert "1" in near_ids("0001")
    assert near_ids("a1") == []


@pytest.mark.parametrize(
    ("version", "unit"),
    [
        (MS + 2 * 86_400_000, "milliseconds of a clock that is wrong"),
        (MS * 1_000, "microseconds"),
        (MS * 1_000_000, "nanoseconds"),
        (20261130195924, "a date written in digits"),
        (2**63 - 1, "no time in milliseconds"),
    ],
)
def test_a_version_far_ahead_is_refused_by_the_unit_it_seems_to_be_in(version: int, unit: str) -> None:
    assert version > NEWEST
    assert f"looks like {unit}:" in intake.too_new(version, NEWEST).refusal


@pytest.mark.parametrize("version", [0, 1, 3_000_000, MS // 1000, MS, MS + 86_000_000])
def test_counters_seconds_and_milliseconds_are_taken(version: int) -> None:
    assert version <= NEWEST


@pytest.mark.parametrize(
    ("person", "door", "version", "known"),
    [
        ({"versions": {"kafka": 1, "file": MS}}, "kafka", 2, 1),
        ({"versions": {"kafka": 1, "file": MS}}, "http", 2, None),
        # From before doors had a line of their own
        ({"feed_version": 7}, "kafka", 6, 7),
        ({"feed_version": MS}, "kafka", 2, None),
        ({"feed_version": MS * 1_000_000}, "kafka", MS, None),
        ({"versions": {"earlier": 7, "http": 1}}, "kafka", 6, 7),
        ({**FORGOTTEN}, "kafka", 0, None),
    ],
)
def test_a_version_is_compared_with_those_of_its_own_door(
    person: dict[str, Any], door: intake.Door, version: int, known: int | None
) -> None:
    assert intake.known_version(person, door, version, NEWEST) == known


def test_a_file_does_not_undo_what_came_after_it_was_handed_in() -> None:
    later, earlier = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)
    kafka = {"door": "kafka", "at": later}
    assert intake.overtook({"arrived": kafka, "versions": {"kafka": 3}}, MS, NOW)
    assert not intake.overtook({"arrived": {**kafka, "at": earlier}, "versions": {"kafka": 3}}, MS, NOW)
    assert intake.overtook({"arrived": {"door": "file", "at": later}, "versions": {"file": MS + 1}}, MS, NOW)
    assert intake.overtook({"feed_version": MS + 1}, MS, NOW)
    assert not intake.overtook({"feed_version": 3}, MS, NOW)
    assert not intake.overtook({"feed_version": MS * 1_000_000}, MS, NOW)


@pytest.mark.parametrize(
    ("said", "protected"),
    [
        (True, True),
        (False, False),
        (None, None),
        ("true", True),
        ("ja", True),
        ("Ja ", True),
        (1, True),
        ("false", False),
        ("Nej", False),
        (0, False),
        ("", None),
        ("kanske", True),
        ([], True),
        ({"value": False}, True),
    ],
)
def test_a_protection_that_cannot_be_read_counts_as_protected(said: Any, protected: bool | None) -> None:
    assert facts_of({"employee_id": "p1", "protected": said}) == SafetyFacts("p1", None, protected)


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        (b'{"data":{"employee_id":"p1","version":2,"protected":true,"email":" "}}', ("p1", 2, True, False)),
        (b'{"data":{"employee_id":4711,"version":"2","status":"LEFT"}}', ("4711", None, None, True)),
        (b'{"data":"{\\"employee_id\\":\\"p1\\",\\"protected\\":true}"}', ("p1", None, True, False)),
        (
            b'{"data_base64":"eyJlbXBsb3llZV9pZCI6InAxIiwicHJvdGVjdGVkIjp0cnVlfQ=="}',
            ("p1", None, True, False),
        ),
        (b'{"employee_id":"p1","protected":true}', ("p1", None, True, False)),
        (b'{"data":{"protected":true}}', ("key", None, True, False)),
        # Cut off, and in Latin-1
        (b'{"data":{"employee_id":"p1","protected":true,"title":"In', ("p1", None, True, False)),
        (
            '{"data":{"employee_id":"p1","protected":"ja","title":"Ö"}}'.encode("latin-1"),
            ("p1", None, True, False),
        ),
        (b'{"data":{"employee_id":"p1","status":"left","ti', ("p1", None, False, True)),
        (b"\xff\xfe junk", None),
        (b"[" * 10_000, None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_what_a_refused_message_says_about_safety_is_found(value: bytes, facts: Any) -> None:
    assert facts_in(value, b"key") == (SafetyFacts(*facts) if facts else None)
