from dataclasses import dataclass
from typing import NamedTuple


class PersonWords(NamedTuple):
    """What may be searched of one person: only what the whole network may see."""

    id: str
    agency: str
    agency_names: tuple[str, ...] = ()
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    roles: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    place: str = ""
    unit: str = ""
    phone: str = ""
    email: str = ""
    ask_me_about: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Each that is given must hold; case and diacritics are ignored."""

    agency: str | None = None
    role: str | None = None
    specialty: str | None = None
    place: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: int
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`unknown` are words that are nobody's, which were left out; `total` the number of hits, if asked for:
    of those as meant, or where they do not fill the page, with those where a typing error was forgiven.
    """

    hits: list[Hit]
    more: bool
    unknown: tuple[str, ...] = ()
    total: int | None = None
