"""The controlled list of roles and specialties (data/roles.json), and what words stand for."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from services.directory.folding import native

_DATA = Path(__file__).parent / "data"


class Role(BaseModel):
    """`assignment`: held beside a role, as huvudskyddsombud is. `leads`: a manager, no lone specialist."""

    model_config = ConfigDict(frozen=True)

    code: str
    sv: str
    en: str
    synonyms: tuple[str, ...]
    specialties: tuple[str, ...]
    specialties_en: tuple[str, ...] = ()
    """The same in English, in the same order."""
    assignment: bool = False
    leads: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.code, self.sv, self.en, *self.synonyms)


def _load() -> Mapping[str, Role]:
    listed = json.loads((_DATA / "roles.json").read_text(encoding="utf-8"))
    return MappingProxyType({role.code: role for role in map(Role.model_validate, listed)})


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """What two spellings of the same word have in common; å, ä and ö stay what they are."""
    return " ".join(native(word).split())


ROLES = _load()
_CODES = {fold(name): role.code for role in ROLES.values() for name in role.names}
ENGLISH = {
    name: english
    for role in ROLES.values()
    for name, english in zip(role.specialties, role.specialties_en, strict=True)
}
# A Swedish name goes before an English one that is spelt alike.
_SPECIALTIES = {fold(english): name for name, english in ENGLISH.items()} | {
    fold(name): name for name in ENGLISH
}


def code_of(word: str) -> str | None:
    """The role that a title or an agency's word names."""
    return _CODES.get(fold(word))


def is_listed(specialty: str) -> bool:
    """Whether it is on the controlled list, and not an agency's own word."""
    return fold(specialty) in _SPECIALTIES


def specialty_of(word: str) -> str:
    """The list's spelling of a specialty; a word of the agency's own as it is."""
    return _SPECIALTIES.get(fold(word), word)


def specialty_word(word: str) -> str:
    """What an agency's word for a specialty is kept under, apart from its words for roles: no word that an
    agency sends has a control character.
    """
    return f"specialty\x1f{fold(word)}"
