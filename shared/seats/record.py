"""All inputs of a seating, kept and replayed: the same inputs give the same seats, on any machine."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import Discriminator, TypeAdapter

from shared.seats.engine import apply
from shared.seats.facts import Outcome
from shared.seats.inputs import Input
from shared.seats.models import Seating, Terms

_INPUTS = TypeAdapter[tuple[Input, ...]](tuple[Annotated[Input, Discriminator("kind")], ...])


def steps(terms: Terms, inputs: Iterable[Input]) -> Iterator[Outcome]:
    """What came of each input, from an empty seating on these terms."""
    seating = Seating(terms)
    for asked in inputs:
        outcome = apply(seating, asked)
        seating = outcome.seating
        yield outcome


def replay(terms: Terms, inputs: Iterable[Input]) -> Seating:
    seating = Seating(terms)
    for outcome in steps(terms, inputs):
        seating = outcome.seating
    return seating


def write(inputs: Sequence[Input]) -> bytes:
    """As JSON."""
    return _INPUTS.dump_json(tuple(inputs))


def read(written: bytes) -> tuple[Input, ...]:
    """
    Raises:
        pydantic.ValidationError: this is no record of inputs.

    """
    return _INPUTS.validate_json(written)
