"""Who at another agency is best to call, and why."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from services.directory.people.rules.days import is_absent, role_codes
from services.directory.people.rules.places import distance_km, same_place

ReasonCode = Literal["role", "specialty", "same_place", "near", "have_met", "same_group"]
NEAR_KM = 100
_ROLE, _SPECIALTY, _SAME_PLACE, _NEAR, _HAVE_MET, _SAME_GROUP = 40, 15, 25, 12, 20, 10
_MOST_SPECIALTIES = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is listed. `what` are role codes, specialties, the place or group ids."""

    code: ReasonCode
    what: tuple[str, ...] = ()
    km: int | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    person: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    absent: bool
    score: int
    km: int | None


def rank_peers(
    person: Mapping[str, Any],
    candidates: Iterable[Mapping[str, Any]],
    *,
    roles: Sequence[str],
    met: Collection[str],
    today: date,
    limit: int,
    specialties: Sequence[str] = (),
    colleagues: bool = False,
) -> list[Peer]:
    """The best of `candidates` who hold one of `roles` today, or one of `specialties`, at another agency (and
    with `colleagues` at their own): by what they have in common with `person`, the absent last, the nearer
    first among equals, then by name.
    """
    found: dict[str, Peer] = {}
    for candidate in candidates:
        elsewhere = candidate["agency"] != person["agency"]
        if (elsewhere or colleagues) and candidate["_id"] not in {*found, person["_id"]}:
            peer = _peer(person, candidate, roles, met, today, specialties)
            if peer:
                found[candidate["_id"]] = peer
    return sorted(found.values(), key=_order)[:limit]


def _peer(
    person: Mapping[str, Any],
    candidate: Mapping[str, Any],
    roles: Sequence[str],
    met: Collection[str],
    today: date,
    wanted: Sequence[str],
) -> Peer | None:
    shared_roles = _common(roles, role_codes(candidate, today))
    if not shared_roles and not _common(wanted, candidate["specialties"]):
        return None
    reasons = [Reason("role", shared_roles)] if shared_roles else []
    score = _ROLE * len(shared_roles)
    if specialties := _common(candidate["specialties"], wanted or person["specialties"]):
        reasons.append(Reason("specialty", specialties))
        score += _SPECIALTY * min(_MOST_SPECIALTIES, len(specialties))
    km = distance_km(person["place"], candidate["place"])
    if same_place(person["place"], candidate["place"]):
        reasons.append(Reason("same_place", (candidate["place"],)))
        score += _SAME_PLACE
    elif km is not None and km <= NEAR_KM:
        reasons.append(Reason("near", (candidate["place"],), km))
        score += _NEAR
    if candidate["_id"] in met:
        reasons.append(Reason("have_met"))
        score += _HAVE_MET
    if groups := _common(candidate["groups"], person["groups"]):
        reasons.append(Reason("same_group", groups))
        score += _SAME_GROUP
    return Peer(candidate, tuple(reasons), is_absent(candidate, today), score, km)


def _common(ones: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """What is in both, by case-folded text, as the first has it."""
    known = {other.casefold() for other in others}
    return tuple(dict.fromkeys(one for one in ones if one.casefold() in known))


def _order(peer: Peer) -> tuple[object, ...]:
    far = 100_000 if peer.km is None else peer.km
    person = peer.person
    return (
        peer.absent,
        -peer.score,
        far,
        person["family_name"].casefold(),
        person["given_name"].casefold(),
        person["_id"],
    )
