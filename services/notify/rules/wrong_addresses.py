"""Which mails show that an address is wrong, and what shows that it is right again."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.notify.models import AddressFault, Mail, Recipient, WrongAddress
from shared.contracts.mailing import NoMailGoesThere, envelope_form

# A mailbox may be opened again at the same address, so that one is tried once more after this.
REFUSED_FOR = timedelta(days=14)
_BY_REASON: dict[str, AddressFault] = {"address_unusable": "unusable", "no_address": "missing"}


def fault_of(mail: Mail) -> AddressFault | None:
    """What the mail's outcome says of its receiver's address."""
    if mail.state == "failed" and mail.address_refused:
        return "refused"
    return _BY_REASON.get(mail.reason) if mail.state == "suppressed" else None


def found(
    mails: Iterable[Mail], known: Mapping[str, WrongAddress], people: Mapping[str, str], now: datetime
) -> tuple[list[WrongAddress], set[str]]:
    """By the outcomes of these mails: whose addresses have turned out wrong, and whose right.

    `people`: person to agency, of those that have one.
    """
    wrong: dict[str, WrongAddress] = {}
    right: set[str] = set()
    for mail in mails:
        person_id = mail.person_id
        before = wrong.get(person_id) or known.get(person_id)
        fault = fault_of(mail)
        if fault is None:
            # It arrived, or the mail server took back what it had said of this one.
            if before and (mail.state == "sent" or _is_revived(mail, before)):
                wrong.pop(person_id, None)
                right.add(person_id)
            continue
        right.discard(person_id)
        address = mail.address if fault == "refused" else ""
        if person_id not in people or (before and (before.fault, before.address) == (fault, address)):
            continue
        wrong[person_id] = WrongAddress(
            person_id=person_id,
            agency=people[person_id],
            fault=fault,
            address=address,
            reason=mail.reason if fault == "refused" else "",
            notification_id=mail.id,
            since=now,
        )
    return list(wrong.values()), right & known.keys()


def _is_revived(mail: Mail, wrong: WrongAddress) -> bool:
    return mail.state == "deferred" and wrong.notification_id == mail.id


def refused_address(wrong: WrongAddress | None, now: datetime) -> str | None:
    """The address that nothing is sent to."""
    if wrong is None or wrong.fault != "refused" or now >= wrong.since + REFUSED_FOR:
        return None
    return wrong.address


def is_put_right(wrong: WrongAddress, person: Recipient | None) -> bool:
    """Whether what the directory now says of the person ends the task."""
    if person is None or person.status == "left" or person.agency != wrong.agency:
        return True
    try:
        address = envelope_form(person.mail_address or "")
    except NoMailGoesThere:
        return False
    return address != wrong.address
