"""Seatings to try the rules on."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from shared.seats.engine import apply
from shared.seats.facts import Fact, Outcome, Refusal
from shared.seats.inputs import Ask, Input
from shared.seats.models import Hold, Offers, Quota, Seating, Terms

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CLOSES = NOW + 20 * DAY
CUT_OFF = NOW + 30 * DAY
HOLDS = (Hold(5 * DAY, 2 * DAY), Hold(DAY, timedelta(hours=6)), Hold(timedelta(0), timedelta(hours=1)))
OFFERS = Offers(CUT_OFF, HOLDS)


def quotas(seats: Mapping[str, int], opens_at: datetime | None = None) -> tuple[Quota, ...]:
    return tuple(Quota(agency, count, opens_at) for agency, count in seats.items())


def asking(*ids: str, at: datetime = NOW) -> list[Input]:
    """Each asks once; the first letter is their agency."""
    return [Ask(id_, id_[0], at) for id_ in ids]


def after(start: Terms | Seating, *inputs: Input | Iterable[Input]) -> Seating:
    """None of the inputs is refused."""
    seating = start if isinstance(start, Seating) else Seating(start)
    for one in inputs:
        for asked in [one] if isinstance(one, Input) else one:
            outcome = apply(seating, asked)
            assert outcome.refusal is None, (asked, outcome.refusal)
            seating = outcome.seating
    return seating


def what(start: Terms | Seating, asked: Input) -> Outcome:
    return apply(start if isinstance(start, Seating) else Seating(start), asked)


def facts(start: Terms | Seating, asked: Input) -> tuple[Fact, ...]:
    outcome = what(start, asked)
    assert outcome.refusal is None, outcome.refusal
    return outcome.facts


def refusal(start: Terms | Seating, asked: Input) -> Refusal | None:
    """A refused input changes nothing but what was due."""
    outcome = what(start, asked)
    if outcome.refusal:
        assert apply(outcome.seating, asked) == Outcome(outcome.seating, (), outcome.refusal)
    return outcome.refusal


def holding(seating: Seating, what: str) -> list[str]:
    return sorted(claim.id for claim in seating.claims.values() if claim.holds == what)
