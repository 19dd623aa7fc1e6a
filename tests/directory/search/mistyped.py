"""Questions about people of the crowd as they come from fast fingers: one typing error in every longer word."""

import random
from collections.abc import Iterator

from services.directory.search.engine import PersonWords
from services.directory.vocabulary import ROLES
from tests.directory.search.asked import Meant
from tests.directory.search.crowd import crowd, names

SHORTEST = 5
_KEYS = ("qwertyuiopå", "asdfghjklöä", "zxcvbnm")
_NEXT = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _KEYS for at, key in enumerate(row)
}  # fmt: skip


def mistyped(count: int, seed: int = 1) -> Iterator[tuple[str, Meant]]:
    """Questions with whom they mean; the same ones for the same seed."""
    rng = random.Random(f"mistyped/{seed}")
    people = sorted(crowd().values(), key=lambda person: person.id)
    while count:
        asked = rng.choice((_by_name, _by_role, _by_specialty))(rng.choice(people))
        if asked:
            question, meant = asked
            yield " ".join(_slip(word, rng) for word in question.lower().split()), meant
            count -= 1


def _by_name(person: PersonWords) -> tuple[str, Meant] | None:
    agency = names().get(person.agency, (person.agency,))[0]
    return (
        f"{person.given_name} {person.family_name} {agency}",
        {"given_name": person.given_name, "family_name": person.family_name, "agency": person.agency},
    )


def _by_role(person: PersonWords) -> tuple[str, Meant] | None:
    if not person.roles:
        return None
    role = ROLES[person.roles[0]]
    return f"{role.sv} {person.place}", {"role": role.code, "place": person.place}


def _by_specialty(person: PersonWords) -> tuple[str, Meant] | None:
    if not person.specialties:
        return None
    specialty = person.specialties[0]
    return f"{specialty} {person.place}", {"specialty": specialty, "place": person.place}


def _slip(word: str, rng: random.Random) -> str:
    """Two letters swapped, one left out, doubled or hit beside; the first letter is right, as it mostly is."""
    if len(word) < SHORTEST or not word.isalpha():
        return word
    at = rng.randrange(1, len(word) - 1)
    match rng.randrange(4):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + rng.choice(_NEXT.get(word[at]) or word[at]) + word[at + 1 :]
