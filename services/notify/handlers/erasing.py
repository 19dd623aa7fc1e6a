"""Somebody is erased: what is left of the mails to them and about them (docs/decisions/0024)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from services.notify.models import Mail
from services.notify.rules.naming import without
from services.notify.store import notifications, privacy
from shared.contracts.topics import NOTIFY_DELIVERIES, NOTIFY_PRIVACY
from shared.mongo import Transaction
from shared.privacy import burials
from shared.privacy.classes import Whom
from shared.privacy.texts import Texts
from shared.privacy.worker import Holdings
from shared.service import Service

_AT_ONCE = 100
_PEOPLE = 20


async def _erase(service: Service, whom: Whom, now: datetime) -> None:
    for start in range(0, len(whom.people), _PEOPLE):
        people = whom.people[start : start + _PEOPLE]
        while await service.mongo.transact(partial(_remove, people=people, now=now)):
            pass
        while await service.mongo.transact(partial(_unname, people=people)):
            pass
    if whom.whole:
        while await service.mongo.transact(partial(_remove_of_agency, agency=whom.agency, now=now)):
            pass


async def _remove(tx: Transaction, people: Sequence[str], now: datetime) -> bool:
    """Mails to them. One that is asked for again is sent to nobody: they are not known any more."""
    return await _bury(tx, await notifications.of_people(tx, people, _AT_ONCE), now)


async def _remove_of_agency(tx: Transaction, agency: str, now: datetime) -> bool:
    return await _bury(tx, await notifications.of_agency(tx, agency, _AT_ONCE), now)


async def _bury(tx: Transaction, mails: Sequence[Mail], now: datetime) -> bool:
    await notifications.remove(tx, [mail.id for mail in mails])
    gone = {mail.id: mail.version + 1 for mail in mails}
    await burials.erased(tx, NOTIFY_DELIVERIES, "notifications", gone, now)
    return len(mails) == _AT_ONCE


async def _unname(tx: Transaction, people: Sequence[str]) -> bool:
    """Mails to others that name them: nobody stands in their place."""
    mails = await notifications.mentioning(tx, people, _AT_ONCE)
    for mail in mails:
        await notifications.reword(tx, without(mail, people))
    return len(mails) == _AT_ONCE


# What a mail says, of which more is rendered when it is due.
TEXTS = [Texts("notifications", "notification", ("data", "calendar.ics"), forgets=("mime", "address"))]
HOLDINGS = Holdings(topic=NOTIFY_PRIVACY, classes=privacy.CLASSES, texts=TEXTS, erase=_erase)
