"""Identifiers that everybody computes alike."""

import unicodedata

from uuid_utils import UUID, uuid5

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands where somebody was who is erased: the nil UUID of RFC 9562."""
_MOST_GENERATIONS = 9
_PEOPLE = UUID("6f3b1c0e-8f57-5f2e-9d1c-5a0b6d1f7c21")


def canonical(employee_id: str) -> str:
    """One form of an employee id: systems differ in case, in blanks and in how they compose letters."""
    if employee_id.isascii() and employee_id.isalnum() and employee_id == employee_id.lower():
        return employee_id
    return unicodedata.normalize(
        "NFC", " ".join(unicodedata.normalize("NFC", employee_id).split()).casefold()
    )


def person_id(agency: str, employee_id: str, generation: int = 1) -> str:
    """UUIDv5 of agency and the agency's own employee id: a record seen twice is one person. An id that the
    agency gives to somebody else begins another generation.
    """
    name = f"{agency}/{canonical(employee_id)}"
    return str(uuid5(_PEOPLE, name if generation == 1 else f"{name}\x1f{generation}"))


def possible_ids(agency: str, employee_id: str) -> list[str]:
    """Whom an employee id may stand for, where the directory can't be asked: one of them works there."""
    generations = [person_id(agency, employee_id, number) for number in range(1, _MOST_GENERATIONS + 1)]
    return [*generations, person_id_as_sent(agency, employee_id)]


def person_id_as_sent(agency: str, employee_id: str) -> str:
    """As it was computed before ids had one form: people who came then keep theirs."""
    return str(uuid5(_PEOPLE, f"{agency}/{employee_id}"))
