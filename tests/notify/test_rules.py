"""The decisions, without any clock or database."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.models import Recipient
from services.notify.rules.delays import Failure, failure_of, wait
from services.notify.rules.pacing import slots
from services.notify.rules.replacing import Asked, replaced
from services.notify.rules.standing import Standing, look_again
from shared.contracts.notify import KINDS
from shared.contracts.types import Gone
from tests.harness import a_person

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "text", "failure"),
    [
        (421, "4.3.2 closing", Failure.BUSY),
        (450, "4.2.1 greylisted", Failure.BUSY),
        (451, "try later", Failure.BUSY),
        (452, "4.2.2 mailbox full", Failure.FULL),
        (450, "4.2.2 over quota", Failure.FULL),
        (452, "insufficient storage", Failure.FULL),
        (452, "4.5.3 too many recipients", Failure.BUSY),
    ],
)
def test_answers_are_told_apart_by_class(code: int, text: str, failure: Failure) -> None:
    assert failure_of(code, text) is failure


@given(st.sampled_from(Failure), st.integers(1, 30), st.integers())
def test_every_schedule_ends_and_waits_longer_and_longer(failure: Failure, attempts: int, seed: int) -> None:
    seconds = wait(failure, attempts, 60.0, Random(seed))
    if seconds is None:
        assert attempts > 5
        assert wait(failure, attempts + 1, 60.0, Random(seed)) is None
        return
    assert seconds > 0
    later = wait(failure, attempts + 1, 60.0, Random(seed))
    assert later is None or later > seconds * 0.9


def test_mails_that_failed_together_do_not_come_back_together() -> None:
    chance = Random(1)
    assert len({wait(Failure.BUSY, 1, 60.0, chance) for _ in range(100)}) == 100


@given(
    rate=st.floats(0.1, 1000),
    burst=st.floats(0, 20),
    asked=st.lists(st.tuples(st.integers(1, 12), st.floats(0, 5)), max_size=8),
)
def test_no_stretch_of_time_gets_more_than_its_rate_and_burst(
    rate: float, burst: float, asked: list[tuple[int, float]]
) -> None:
    now, state, given_out = NOW, None, list[datetime]()
    for count, pause in asked:
        now += timedelta(seconds=pause)
        times, state = slots(state, count, rate=rate, burst=burst, now=now)
        assert len(times) == count
        assert all(time >= now for time in times)
        given_out += times
    for first in given_out:
        for last in given_out:
            seconds = (last - first).total_seconds()
            if seconds >= 0:
                within = sum(first <= time <= last for time in given_out)
                # Instants are whole microseconds: what a thousand of them may add up to.
                assert within <= (seconds + burst) * rate + 1 + 1e-2 * rate


@given(st.permutations([1, 2, 3, 4]))
def test_in_whatever_order_versions_come_only_the_newest_stays(order: list[int]) -> None:
    known: list[Asked] = []
    pointless: set[str] = set()
    for version in order:
        asked = Asked(str(version), "meeting/m|p", "events.changed", version)
        late, older = replaced(known, asked)
        pointless |= {asked.id} if late else older
        known.append(asked)
    assert pointless == {"1", "2", "3"}


def test_the_last_said_about_a_place_counts_and_a_cancellation_ends_it_all() -> None:
    kinds = ("events.place_waiting", "events.place_given")
    for first, last in permutations(kinds):
        known = [Asked("first", "t", first, 7)]
        assert replaced(known, Asked("last", "t", last, 1)) == (False, {"first"})
    known = [Asked(kind, "t", kind, 1) for kind in KINDS if kind.startswith("events.")]
    late, older = replaced(known, Asked("new", "t", "events.cancelled", 2))
    assert not late
    afterwards = {"events.participant_left", "events.thanks", "events.record_attendance"}
    assert older == {kind.id for kind in known} - afterwards


def look(person: object, kind: str = "events.invited", **changes: object) -> Standing:
    values: dict = {
        "off": False,
        "not_after": NOW + timedelta(seconds=1),
        "asked_at": NOW - timedelta(minutes=1),
        "patience": timedelta(minutes=15),
        "now": NOW,
    }
    return look_again(kind, person, **{**values, **changes})  # pyright: ignore[reportArgumentType]


def test_the_last_look() -> None:
    anna = Recipient.model_validate(a_person(email="anna@bolagsverket.example"), from_attributes=True)
    assert look(anna) == Standing(address="anna@bolagsverket.example")
    assert look(anna, off=True).reason == "switched_off"
    assert look(anna, "events.cancelled", off=True).address
    assert look(anna, now=NOW + timedelta(seconds=1)).reason == "too_late"
    assert look(None) == Standing()
    assert look(None, asked_at=NOW - timedelta(minutes=16)).reason == "person_unknown"
    assert look(Gone(id=anna.id, version=2)).reason == "person_gone"
    assert look(anna.model_copy(update={"status": "left"})).reason == "person_left"
    unlisted = anna.model_copy(update={"email": None})
    assert look(unlisted).reason == "no_address"
    assert look(unlisted.model_copy(update={"reach_at": "a@csn.example"})).address == "a@csn.example", "D16"
