"""Taking in what people are to be told."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from services.notify.mail import calendar
from services.notify.models import WholeMail
from services.notify.rules import naming
from services.notify.rules.acceptance import accept
from services.notify.rules.replacing import Asked, replaced
from services.notify.rules.states import superseded
from services.notify.store import notifications, people
from shared.consuming import parking
from shared.consuming.incoming import Incoming
from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.contracts.types import Contract
from shared.moments import now_ms
from shared.mongo import Transaction
from shared.publishing import outbox

log = structlog.get_logger()


async def on_requested(tx: Transaction, batch: Sequence[Incoming[Request]]) -> None:
    """One row a request; what was asked for before is left alone, what can't be carried out is parked."""
    accepted: dict[str, tuple[Incoming[Request], Contract]] = {}
    refused: list[parking.Case] = []
    for incoming in batch:
        data, refusal = accept(incoming.data)
        if data is None:
            refused.append(parking.Case(incoming.record, "refused", refusal))
        else:
            accepted.setdefault(incoming.data.id, (incoming, data))
    await parking.park(tx, refused)
    if accepted:
        await _take_in(tx, accepted, now_ms(datetime.now(UTC)))


async def _take_in(
    tx: Transaction, accepted: dict[str, tuple[Incoming[Request], Contract]], now: datetime
) -> None:
    threads = list({_thread(incoming.data) for incoming, _ in accepted.values()})
    known = await notifications.known(tx, list(accepted), threads)
    agencies = await people.agencies_of(tx, [incoming.data.person_id for incoming, _ in accepted.values()])
    by_thread: dict[str, list[Asked]] = {}
    for asked, _ in known:
        by_thread.setdefault(asked.thread, []).append(asked)
    unsent = {asked.id for asked, waits in known if waits}
    mails: dict[str, WholeMail] = {}
    older: set[str] = set()
    ids = {asked.id for asked, _ in known}
    # In the order of asking, which is what counts between kinds.
    for id_, (incoming, data) in accepted.items():
        if id_ in ids:
            continue
        request = incoming.data
        mails[id_] = _mail(incoming, data, agencies.get(request.person_id), now)
        asked = Asked(id_, _thread(request), request.kind, request.subject_version)
        late, replaces = replaced(by_thread.get(asked.thread, ()), asked)
        by_thread.setdefault(asked.thread, []).append(asked)
        older |= replaces & unsent
        for pointless in {id_} if late else replaces & mails.keys():
            mails[pointless] = superseded(mails[pointless]).mail
    await notifications.insert(tx, list(mails.values()))
    if older:
        await notifications.supersede(tx, older)
    for id_, mail in mails.items():
        outbox.announce(tx, NOTIFY_DELIVERIES, mail.announced(), cause=accepted[id_][0].trace)


def _thread(request: Request) -> str:
    return f"{request.subject}|{request.person_id}"


def _mail(incoming: Incoming[Request], data: Contract, agency: str | None, now: datetime) -> WholeMail:
    request = incoming.data
    return WholeMail(
        id=request.id,
        version=1,
        person_id=request.person_id,
        agency=agency,
        kind=request.kind,
        subject=request.subject,
        subject_version=request.subject_version,
        thread=_thread(request),
        data=data.model_dump_json(),
        calendar=request.calendar,
        mentions=_mentions(request, data),
        not_after=now_ms(request.not_after) if request.not_after else None,
        correlation=incoming.trace.correlation or "",
        traceparent=incoming.trace.parent,
        state="created",
        created_at=now,
        due_at=now,
    )


def _mentions(request: Request, data: Contract) -> tuple[str, ...]:
    """Whom the mail will name, beside its recipient."""
    named = naming.people_in(data) | (calendar.people_in(request.calendar.ics) if request.calendar else set())
    return tuple(sorted(named - {request.person_id}))
