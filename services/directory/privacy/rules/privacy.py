"""Requests to know what is held on somebody, or to be erased: what was asked of whom, and who has
answered.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.contracts.privacy import PrivacyAnswer, RequestKind, Wanted
from shared.contracts.topics import SERVICES

# How long an answer can be read; then the key to it is gone, and so is what it opens.
KEPT = timedelta(days=7)
RECEIPTS_KEPT = timedelta(days=365)
"""Of an erasure: it says which service has done it, and names nobody."""
ASKED_AGAIN_AFTER = timedelta(days=1)


class Asked(NamedTuple):
    """What somebody wants. `people` are ids with the version of the record that services must have seen."""

    kind: RequestKind
    agency: str
    people: Mapping[str, int]
    whole: bool = False
    wanted: Wanted | None = None
    departure: str | None = None


def new(id_: str, asked: Asked, key: dict[str, str] | None, now: datetime) -> dict[str, Any]:
    nothing = {"answered_at": None, "attempt": "", "pieces": 0, "classes": [], "mentions": []}
    # An erasure waits for as long as it takes: nobody is to find that it was given up.
    ends = asked.kind != "erasure" and asked.departure is None
    return {
        "_id": id_,
        "version": 1,
        "deleted": False,
        "open": True,
        "kind": asked.kind,
        "agency": asked.agency,
        "people": [{"id": id_, "version": version} for id_, version in asked.people.items()],
        "whole": asked.whole,
        "wanted": asked.wanted.model_dump() if asked.wanted else None,
        "key": key,
        "departure": asked.departure,
        "state": "open",
        "at": now,
        "told_at": now,
        "services": {service: dict(nothing) for service in SERVICES},
        **({"expires_at": now + KEPT} if ends else {}),
    }


def answered(
    request: Mapping[str, Any], service: str, answer: PrivacyAnswer, now: datetime
) -> dict[str, Any]:
    """With the receipt of one service. The first that is whole counts."""
    known = request["services"][service]
    if known["answered_at"]:
        return dict(request)
    receipt = {
        "answered_at": now,
        "attempt": answer.attempt,
        "pieces": answer.piece + (1 if answer.sealed else 0),
        "classes": [each.model_dump() for each in answer.classes],
        "mentions": [each.model_dump() for each in answer.mentions],
    }
    return {**request, "services": {**request["services"], service: receipt}}


def missing(request: Mapping[str, Any]) -> list[str]:
    """Services that have not answered."""
    return [name for name in SERVICES if not request["services"].get(name, {}).get("answered_at")]


def closed(request: Mapping[str, Any], state: str, now: datetime) -> dict[str, Any]:
    """Nothing is asked any more. Of an erasure nobody's id stays; what was given out stays until it
    expires.
    """
    kept: dict[str, Any] = {"state": state, "open": False, "deleted": True, "version": request["version"] + 1}
    if request["kind"] == "erasure":
        kept |= {"people": [], "wanted": None}
    return {**request, **kept, "forget_at": now + _kept_for(request)}


def _kept_for(request: Mapping[str, Any]) -> timedelta:
    return RECEIPTS_KEPT if request["kind"] == "erasure" else KEPT


def names_of(person: Mapping[str, Any]) -> list[str]:
    """What somebody is called in what others write."""
    given, family = person["given_name"], person["family_name"]
    both = [f"{given} {family}", f"{family} {given}"] if given and family else []
    addresses = {person.get("email") or "", person.get("own", {}).get("email") or ""}
    return [*both, *sorted(each for each in addresses if each)]


def phones_of(people: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["phone"] for each in people if each.get("phone")]
