"""Taking in what people are to be told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from services.notify.handlers.deliveries import delivery
from services.notify.mail import calendar
from services.notify.rules import naming
from services.notify.rules.acceptance import accept
from services.notify.rules.replacing import Asked, replaced
from services.notify.store import notifications, people
from shared.consuming import parking
from shared.consuming.incoming import Incoming
from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.contracts.types import Contract
from shared.moments import now_ms
from shared.mongo import Document, Transaction
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
    found = await notifications.known(tx, list(accepted), threads)
    agencies = await people.agencies_of(tx, [incoming.data.person_id for incoming, _ in accepted.values()])
    by_thread: dict[str, list[Asked]] = {}
    for row in found:
        asked = Asked(row["_id"], row["thread"], row["kind"], row["subject_version"])
        by_thread.setdefault(row["thread"], []).append(asked)
    unsent = {row["_id"] for row in found if row["state"] in notifications.WAITING}
    rows: dict[str, Document] = {}
    older: set[str] = set()
    known = {row["_id"] for row in found}
    # In the order of asking, which is what counts between kinds.
    for id_, (incoming, data) in accepted.items():
        if id_ in known:
            continue
        request = incoming.data
        rows[id_] = _row(incoming, data, agencies.get(request.person_id), now)
        asked = Asked(id_, _thread(request), request.kind, request.subject_version)
        late, replaces = replaced(by_thread.get(asked.thread, ()), asked)
        by_thread.setdefault(asked.thread, []).append(asked)
        older |= replaces & unsent
        for pointless in {id_} if late else replaces & rows.keys():
            _suppress(rows[pointless])
    await notifications.insert(tx, list(rows.values()))
    if older:
        await notifications.supersede(tx, older)
    for id_, row in rows.items():
        outbox.announce(tx, NOTIFY_DELIVERIES, delivery(row), cause=accepted[id_][0].trace)


def _thread(request: Request) -> str:
    return f"{request.subject}|{request.person_id}"


def _row(incoming: Incoming[Request], data: Contract, agency: str | None, now: datetime) -> Document:
    request = incoming.data
    row: dict[str, Any] = {
        "_id": request.id,
        "person_id": request.person_id,
        "agency": agency,
        "kind": request.kind,
        "subject": request.subject,
        "subject_version": request.subject_version,
        "thread": _thread(request),
        # As text: what comes from outside may hold numbers that BSON has no room for.
        "data": data.model_dump_json(),
        "calendar": request.calendar.model_dump() if request.calendar else None,
        "mentions": _mentions(request, data),
        "not_after": now_ms(request.not_after) if request.not_after else None,
        "correlation": incoming.trace.correlation or "",
        "traceparent": incoming.trace.parent,
        "state": "created",
        "reason": "",
        "attempts": 0,
        "doubts": 0,
        "resends": 0,
        "edition": 0,
        "version": 1,
        "created_at": now,
        "due_at": now,
    }
    return row


def _mentions(request: Request, data: Contract) -> list[str]:
    """Whom the mail will name, beside its recipient."""
    named = naming.people_in(data) | (calendar.people_in(request.calendar.ics) if request.calendar else set())
    return sorted(named - {request.person_id})


def _suppress(row: Document) -> None:
    row.update(state="suppressed", reason="superseded")
    row.pop("due_at", None)
