"""Sending again because somebody asks for it."""

from datetime import datetime

import structlog

from services.notify import refusals
from services.notify.models import Mail
from services.notify.rules import states
from services.notify.store import notifications, wrong_addresses
from shared.audit import entries as audit
from shared.auth import Caller
from shared.mongo import Transaction
from shared.refusals import IsForCoordinators

log = structlog.get_logger()


async def resend(tx: Transaction, caller: Caller, id_: str, now: datetime) -> Mail:
    """Queue a settled mail again.

    Raises:
        NotFound: there is none, or it is another agency's.
        Forbidden: the caller is neither the agency's system nor its coordinator.
        Conflict: it is still on its way, or something newer has taken its place.

    """
    mail = await notifications.find_in(tx, id_)
    if mail is None or mail.agency is None or not caller.acts_for(mail.agency, mail.person_id):
        raise refusals.NoSuchNotification
    if not (caller.is_system or caller.coordinator):
        raise IsForCoordinators("Only the agency's systems and coordinators send again.")
    match states.why_not_again(mail):
        case "on_its_way":
            raise refusals.NotificationIsOnItsWay("It is still on its way; it is tried again by itself.")
        case "overtaken":
            raise refusals.NotificationNoLongerHolds
        case None:
            pass
    by = caller.person_id or f"system of {caller.agency}"
    # Somebody who knows the address asks for it.
    await wrong_addresses.write(tx, [], [mail.person_id])
    changed = await notifications.requeue(tx, states.resent(mail, by, now))
    await audit.record(tx, "mail.sent_again", agency=mail.agency, thing=f"notification/{id_}")
    tx.after_commit.append(
        lambda: log.info("mail.resend_requested", notification=id_, by=by, state=mail.state)
    )
    return changed
