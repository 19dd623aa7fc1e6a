"""The last look before a mail goes out: does it still have somebody to go to?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.models import Recipient
from shared.contracts.notify import KINDS
from shared.contracts.types import Gone


@dataclass(frozen=True, slots=True)
class Standing:
    """`address` when it may go, `reason` when it may never; neither when we have not heard of the person."""

    address: str = ""
    reason: str = ""


def look_again(
    kind: str,
    person: Recipient | Gone | None,
    *,
    off: bool,
    not_after: datetime | None,
    asked_at: datetime,
    patience: timedelta,
    now: datetime,
) -> Standing:
    """`off`: the person has switched the kind off, which counts only where the kind allows it."""
    if not_after is not None and now >= not_after:
        return Standing(reason="too_late")
    if person is None:
        # Requests and people come on different topics: the person may be on the way.
        return Standing(reason="person_unknown") if now > asked_at + patience else Standing()
    reason = _unreachable(person, off=off and not KINDS[kind].mandatory)
    if reason or isinstance(person, Gone):
        return Standing(reason=reason)
    address = ascii_address(person.mail_address or "")
    return Standing(address=address) if address else Standing(reason="address_unusable")


def _unreachable(person: Recipient | Gone, *, off: bool) -> str:
    if isinstance(person, Gone):
        return "person_gone"
    if person.status == "left":
        return "person_left"
    if off:
        return "switched_off"
    return "" if person.mail_address else "no_address"


def ascii_address(address: str) -> str:
    """The address as plain SMTP can carry it, the domain in its IDNA form; empty when it can't."""
    local, _, domain = address.rpartition("@")
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local}@{plain}" if local.isascii() else ""
