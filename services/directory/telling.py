"""Asks notify for a mail to one person."""

from shared.contracts.envelope import Trace
from shared.contracts.notify import Request
from shared.contracts.types import Contract
from shared.mongo import Transaction
from shared.publishing import outbox


def tell(
    tx: Transaction,
    person_id: str,
    kind: str,
    *,
    subject: str,
    version: int,
    notice: Contract,
    cause: Trace | None = None,
) -> None:
    data = notice.model_dump(mode="json")
    outbox.request(
        tx,
        Request(person_id=person_id, kind=kind, subject=subject, subject_version=version, data=data),
        cause,
    )
