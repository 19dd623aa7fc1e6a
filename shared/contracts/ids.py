"""Identifiers that everybody computes alike."""

from uuid_utils import UUID, uuid5

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands where somebody was who is erased: the nil UUID of RFC 9562."""
_PEOPLE = UUID("6f3b1c0e-8f57-5f2e-9d1c-5a0b6d1f7c21")


def person_id(agency: str, employee_id: str) -> str:
    """UUIDv5 of agency and the agency's own employee id: a record seen twice is one person."""
    return str(uuid5(_PEOPLE, f"{agency}/{employee_id}"))
