"""The network in figures, of people who may be seen: and nothing about a few."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.directory.people.rules.days import role_codes

# What fewer people than this do is not counted out: one would soon know who they are. As in C13.
FEW = 5


@dataclass(frozen=True, slots=True)
class Lone:
    """Somebody who is the only one in `role` at `agency`, and everybody whom they have dealings with."""

    agency: str
    role: str
    knows: Collection[str]


def in_contact(lone: Lone, people: Mapping[str, Mapping[str, Any]], day: date) -> bool:
    """Whether one of those they know does the same at another agency."""
    return any(
        person["agency"] != lone.agency and lone.role in role_codes(person, day)
        for id_ in lone.knows
        if (person := people.get(id_))
    )


@dataclass(frozen=True, slots=True)
class Row:
    agency: str
    people: int
    alone: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`connected` are those of all who are alone; None where few are. It is not told agency by agency:
    whoever is alone at one can be looked up, and so could be whether they keep to themselves.
    """

    people: int
    alone: int
    connected: int | None
    agencies: list[Row]
    roles: list[tuple[str, int]]


def figures(people: Mapping[str, int], alone: Sequence[Lone], connected: int) -> Figures:
    """The agencies with most people first, and the roles in which most are alone."""
    counted = Counter(one.agency for one in alone)
    slugs = sorted({*people, *counted}, key=lambda slug: (-people.get(slug, 0), slug))
    return Figures(
        people=sum(people.values()),
        alone=len(alone),
        connected=None if 0 < len(alone) < FEW else connected,
        agencies=[Row(slug, people.get(slug, 0), counted[slug]) for slug in slugs],
        roles=sorted(Counter(one.role for one in alone).items(), key=lambda one: (-one[1], one[0])),
    )
