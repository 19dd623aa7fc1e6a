"""How complete a profile is: what is missing, who can fill it in, and why it matters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.directory.people.rules.fields import Owner


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that a complete profile has; `weight` is its part of the whole."""

    field: str
    weight: int
    owner: Owner
    why_sv: str
    why_en: str


WANTED = (
    Wanted(
        "roles",
        25,
        "agency",
        "Utan roll hittas du inte av dem som söker någon med ditt arbete, och du bjuds inte in.",
        "Without a role nobody who looks for your kind of work finds you, and you are not invited.",
    ),
    Wanted(
        "phone",
        20,
        "person",
        "Ett samtal är ofta den snabbaste hjälpen.",
        "A call is often the quickest help.",
    ),
    Wanted(
        "email",
        20,
        "agency",
        "Utan e-postadress får du inga inbjudningar och besked.",
        "Without an address you get no invitations and no news.",
    ),
    Wanted(
        "specialties",
        10,
        "agency",
        "Visar vad just du kan, så att rätt frågor når dig.",
        "Shows what you in particular know, so that the right questions reach you.",
    ),
    Wanted(
        "place",
        10,
        "agency",
        "Gör att kollegor nära dig visas först, och att träffar läggs där folk finns.",
        "Lets colleagues near you come first, and meetings be held where people are.",
    ),
    Wanted(
        "ask_me_about",
        10,
        "person",
        "Berättar för en kollega vad du gärna hjälper till med.",
        "Tells a colleague what you gladly help with.",
    ),
    Wanted(
        "working_days",
        5,
        "person",
        "Så vet andra när det går att nå dig.",
        "Lets others know when you can be reached.",
    ),
)
WHOLE = sum(wanted.weight for wanted in WANTED)


def missing(person: Mapping[str, Any]) -> list[Wanted]:
    """What a profile lacks, what matters most first."""
    return [wanted for wanted in WANTED if not person.get(wanted.field)]


def percent(lacking: Iterable[Wanted]) -> int:
    return round(100 * (WHOLE - sum(wanted.weight for wanted in lacking)) / WHOLE)


def percent_of_all(people: int, lacking: Mapping[str, int]) -> int:
    """The mean over `people`, of whom `lacking[field]` lack each field; 100 where there is nobody."""
    if not people:
        return 100
    lost = sum(wanted.weight * lacking.get(wanted.field, 0) for wanted in WANTED)
    return round(100 * (WHOLE * people - lost) / (WHOLE * people))
