"""The last look before a mail goes out: does it still have somebody to go to?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.models import Recipient
from shared.contracts.mailing import NoMailGoesThere, envelope_form
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
    refused: str | None = None,
    not_after: datetime | None,
    asked_at: datetime,
    patience: timedelta,
    now: datetime,
) -> Standing:
    """`off`: the person has switched the kind off, which counts only where the kind allows it. `refused`: the
    person's address that a mail server has refused.
    """
    if not_after is not None and now >= not_after:
        return Standing(reason="too_late")
    if person is None:
        # Requests and people come on different topics: the person may be on the way.
        return Standing(reason="person_unknown") if now > asked_at + patience else Standing()
    reason = _unreachable(person, off=off and not KINDS[kind].mandatory)
    if reason or isinstance(person, Gone):
        return Standing(reason=reason)
    try:
        address = envelope_form(person.mail_address or "")
    except NoMailGoesThere:
        return Standing(reason="address_unusable")
    return Standing(reason="address_refused") if address == refused else Standing(address=address)


def _unreachable(person: Recipient | Gone, *, off: bool) -> str:
    if isinstance(person, Gone):
        return "person_gone"
    if person.status == "left":
        return "person_left"
    if off:
        return "switched_off"
    return "" if person.mail_address else "no_address"
