"""One person out of what the agency's system says and what they wrote themselves."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.directory.vocabulary import ROLES, code_of, fold, specialty_of, specialty_word
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord, StaffRole

_FIRST_YEAR, _LAST_YEAR = 1900, 9000
Protection = Literal["carried", "left_out", "undeclared"]
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Feed:
    """How an agency's records are to be read. `words` are its own words for roles, folded;
    `leaves_held`: a mass leave waits for the coordinator.
    """

    agency: str
    protection: Protection
    words: Mapping[str, str] = field(default_factory=dict)
    leaves_held: bool = False

    def code(self, word: str) -> str | None:
        return self.words.get(fold(word)) or code_of(word)

    def specialty(self, word: str) -> str:
        return self.words.get(specialty_word(word)) or specialty_of(word)

    def protects(self, flag: bool | None) -> bool:
        """Fails closed: only an agency that has said how it marks the protected has any who are not."""
        if self.protection == "left_out":
            return bool(flag)
        return self.protection == "undeclared" or flag is not False


def merge(
    record: StaffRecord,
    own: Mapping[str, Any],
    feed: Feed,
    corrected: Mapping[str, Mapping[str, Any]] | None = None,
) -> Fields:
    """Every field that follows from these; the same whatever came before. A correction holds while the feed
    still says what was wrong; a new value wins, and the correction is left out of `corrected`.
    """
    roles, assignments, unmapped = _held(record, feed)
    given, family = _composed(record.given_name), _composed(record.family_name)
    manager = record.manager_employee_id
    merged: Fields = {
        "agency": feed.agency,
        "employee_id": record.employee_id,
        "feed_version": record.version,
        "status": record.status,
        "protected": feed.protects(record.protected),
        "given_name": given,
        "family_name": family,
        "display_name": f"{given} {family}".strip(),
        "email": record.email,
        "phone": record.phone,
        "title": record.title,
        "roles": roles,
        "assignments": assignments,
        "unmapped": unmapped,
        "specialties": list(dict.fromkeys(map(feed.specialty, record.specialties))),
        "unit": record.unit,
        "place": record.location,
        "employed_from": _day(record.employed_from),
        "employed_to": _day(record.employed_to),
        "manager_id": person_id(feed.agency, manager) if manager else None,
        "language": record.language,
        "absence": None,
        "ask_me_about": [],
        "working_days": [],
        "visibility": {},
    }
    if corrected:
        _correct(merged, corrected)
    merged.update(own)
    return merged


def _correct(merged: Fields, corrected: Mapping[str, Mapping[str, Any]]) -> None:
    holding = {name: each for name, each in corrected.items() if merged[name] == each["said"]}
    merged.update({name: each["value"] for name, each in holding.items()})
    merged["display_name"] = f"{merged['given_name']} {merged['family_name']}".strip()
    merged["corrected"] = holding


def _held(record: StaffRecord, feed: Feed) -> tuple[list[Fields], list[Fields], list[str]]:
    """Roles, assignments, and words that are neither yet. Where no role is named, the title may be one."""
    roles: list[Fields] = []
    assignments: list[Fields] = []
    unmapped: list[str] = []
    for said in (*record.roles, *record.assignments):
        word, since, until = (
            (said.name, said.since, said.until) if isinstance(said, StaffRole) else (said, None, None)
        )
        code = feed.code(word)
        if code is None:
            unmapped.append(word)
            continue
        holds = {
            "code": code,
            "since": _day(since),
            "until": _day(until),
        }
        kept = assignments if ROLES[code].assignment else roles
        if holds not in kept:
            kept.append(holds)
    if not roles and record.title:
        code = feed.code(record.title)
        if code is None:
            unmapped.append(record.title)
        else:
            kept = assignments if ROLES[code].assignment else roles
            kept.append({"code": code, "since": None, "until": None})
    return roles, assignments, list(dict.fromkeys(unmapped))


def _day(said: date | None) -> str | None:
    """The ends of the calendar are how systems write that there is no day."""
    return said.isoformat() if said and _FIRST_YEAR < said.year < _LAST_YEAR else None


def _composed(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)
