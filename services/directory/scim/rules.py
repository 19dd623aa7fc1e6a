"""An identity provider's user, in the network's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.staff import StaffRecord

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NETWORK = "urn:ietf:params:scim:schemas:extension:agencynet:2.0:User"
_HOME = ZoneInfo("Europe/Stockholm")
_UNCALLABLE = frozenset({"fax", "pager"})
Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the network knows beside the resource: who it stands for, and what was said of them before."""

    employee_id: str
    version: int
    manager_employee_id: str | None = None
    known: StaffRecord | None = None


def employee_ids(resource: Resource) -> list[str]:
    """What the employee may be called, best first. It is chosen when the user is made and stays, whatever
    is renamed later: externalId is the identity provider's own lasting id, userName follows the name.
    """
    return [resource[name] for name in ("externalId", "userName") if resource.get(name)]


def staff_record(resource: Resource, standing: Standing) -> dict[str, Any] | None:
    """The fields of the employee's record; None for a user without a name of which none is known either: a
    room or a service account is nobody's colleague.
    """
    names = _names(resource)
    if names is None and standing.known:
        names = (standing.known.given_name, standing.known.family_name)
    if names is None:
        return None
    enterprise, network = resource.get(ENTERPRISE) or {}, resource.get(NETWORK) or {}
    return {
        "employee_id": standing.employee_id,
        "version": standing.version,
        "status": "left" if resource.get("active") is False else "active",
        "given_name": names[0],
        "family_name": names[1],
        "email": _value(_best(resource.get("emails"), "work")) or None,
        "phone": _value(_best(_callable(resource.get("phoneNumbers")), "work")),
        "title": resource.get("title") or "",
        "roles": _words(_value(role) or role.get("display") or "" for role in resource.get("roles") or ()),
        "assignments": _words((network.get("assignments") or "").split(";")),
        "specialties": _words((network.get("specialties") or "").split(";")),
        "unit": next((enterprise[at] for at in ("department", "division") if enterprise.get(at)), ""),
        "location": network.get("location") or _locality(resource),
        "employed_from": _day(network, "employedFrom"),
        "employed_to": _day(network, "employedTo"),
        "manager_employee_id": standing.manager_employee_id,
        "language": "en" if (resource.get("preferredLanguage") or "").lower().startswith("en") else "sv",
        "protected": network.get("protected"),
    }


def manager_of(resource: Resource) -> str | None:
    """Their manager's SCIM id, or what else the identity provider calls them."""
    return ((resource.get(ENTERPRISE) or {}).get("manager") or {}).get("value") or None


def _names(resource: Resource) -> tuple[str, str] | None:
    name = resource.get("name") or {}
    given, family = (name.get("givenName") or "").strip(), (name.get("familyName") or "").strip()
    if given and family:
        return given, family
    shown = (resource.get("displayName") or name.get("formatted") or "").strip()
    if (given or family) and " " not in shown.replace(",", " ").strip():
        # Some people have one name; a display name of one word alone may be a room's.
        return given, family
    if "," in shown:
        last, _, first = shown.partition(",")
    else:
        first, _, last = shown.strip().rpartition(" ")
    given, family = given or first.strip(), family or last.strip()
    return (given, family) if given and family else None


def _best(values: Any, kind: str) -> Mapping[str, Any]:
    """The primary one, else the first of the kind, else the first."""
    entries = [each for each in values or () if each.get("value")]
    ranked = sorted(entries, key=lambda each: (not each.get("primary"), each.get("type") != kind))
    return ranked[0] if ranked else {}


def _callable(numbers: Any) -> list[Mapping[str, Any]]:
    return [each for each in numbers or () if each.get("type") not in _UNCALLABLE]


def _value(entry: Mapping[str, Any]) -> str:
    return entry.get("value") or ""


def _locality(resource: Resource) -> str:
    addresses = [each for each in resource.get("addresses") or () if each.get("locality")]
    ranked = sorted(addresses, key=lambda each: (each.get("type") != "work", not each.get("primary")))
    return ranked[0]["locality"] if ranked else ""


def _words(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in said if word.strip()))


def _day(network: Mapping[str, Any], name: str) -> date | None:
    """Entra ID sends a day as its midnight, in UTC or without a zone."""
    said = network.get(name)
    if not said:
        return None
    moment = datetime.fromisoformat(said)
    try:
        return (moment.astimezone(_HOME) if moment.tzinfo else moment).date()
    except OverflowError:
        # The last and the first day that there is: what systems write for "no end" has no hour here.
        return moment.date()
