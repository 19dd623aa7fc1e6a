"""Sending again because somebody asks for it."""

from datetime import datetime

import structlog

from services.notify.store import notifications, wrong_addresses
from shared.audit import entries as audit
from shared.auth import Caller
from shared.errors import Conflict, Forbidden, NotFound
from shared.mongo import Document, Transaction

log = structlog.get_logger()
# Sent again they would tell people what no longer holds.
_OVERTAKEN = {"superseded", "too_late"}


async def resend(tx: Transaction, caller: Caller, id_: str, now: datetime) -> Document:
    """Queue a settled mail again, with all its tries before it. What may be with its receiver already goes
    out unchanged, Message-ID and all, so that mail programs can tell it is the same; anything else is
    rendered anew under a Message-ID of its own.

    Raises:
        NotFound: there is none, or it is another agency's.
        Forbidden: the caller is neither the agency's system nor its coordinator.
        Conflict: it is still on its way, or something newer has taken its place.

    """
    row = await notifications.find_in(tx, id_)
    if row is None or not caller.acts_for(row["agency"], row["person_id"]):
        raise NotFound("There is no such notification.")
    if not (caller.is_system or caller.coordinator):
        raise Forbidden("Only the agency's systems and coordinators send again.")
    if "due_at" in row:
        raise Conflict("It is still on its way; it is tried again by itself.")
    if row["reason"] in _OVERTAKEN:
        raise Conflict("What it says no longer holds.")
    in_doubt = row["state"] == "in_doubt"
    change: Document = {
        "state": "created",
        "reason": "",
        "due_at": now,
        # A doubt that a person has looked at leaves room for one more try.
        "doubts": 1 if in_doubt else 0,
        "asked_by": caller.person_id or f"system of {caller.agency}",
    }
    # Somebody who knows the address asks for it.
    await wrong_addresses.write(tx, [], [row["person_id"]])
    changed = await notifications.requeue(tx, row, change, anew=not in_doubt)
    await audit.record(tx, "mail.sent_again", agency=row["agency"], thing=f"notification/{id_}")
    tx.after_commit.append(
        lambda: log.info("mail.resend_requested", notification=id_, by=change["asked_by"], state=row["state"])
    )
    return changed
