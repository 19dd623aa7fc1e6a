"""Staff records, by whichever door they come: Kafka, HTTP, later SCIM and CSV."""

from asyncio import gather
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from services.directory.handlers.people import Merge, load_feed, merge_and_save
from services.directory.rules.intake import APPLIED, Verdict, judge
from services.directory.store import people, profiles
from shared import parking
from shared.consumer import Incoming
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord
from shared.errors import NotFound
from shared.mongo import Document, Transaction


class Submission(NamedTuple):
    record: StaffRecord
    cause: Trace


async def take_in(
    tx: Transaction, agency: str, submissions: Sequence[Submission], now: datetime
) -> list[Verdict]:
    """Keep each record as it came and the person merged from it; verdicts in the order of the submissions.
    Several records of one employee are judged in their order, and the last that counts is what happens.

    Raises:
        NotFound: the network has no such agency.
    """
    ids = [person_id(agency, each.record.employee_id) for each in submissions]
    feed, before = await gather(load_feed(tx.db, agency), profiles.load_many(tx, set(ids)))
    contents = await _same_versions(tx, ids, submissions, before)
    verdicts: list[Verdict] = []
    newest: dict[str, Submission] = {}
    for id_, each in zip(ids, submissions, strict=True):
        verdict = _judge(each.record, newest.get(id_), before.get(id_), contents.get(id_))
        verdicts.append(verdict)
        if verdict is APPLIED:
            newest[id_] = each
    if newest:
        await _save_records(tx, agency, newest, before)
        await merge_and_save(
            tx, feed, [_merge(id_, each, before.get(id_)) for id_, each in newest.items()], now
        )
    return verdicts


async def _same_versions(
    tx: Transaction, ids: Sequence[str], submissions: Sequence[Submission], before: dict[str, Document]
) -> dict[str, Document]:
    """What is kept under a version that comes again: rare, and the only time that content is compared."""
    again = {
        id_
        for id_, each in zip(ids, submissions, strict=True)
        if id_ in before and before[id_]["feed_version"] == each.record.version
    }
    return await people.load_records(tx, again) if again else {}


def _judge(
    record: StaffRecord, pending: Submission | None, before: Document | None, kept: Document | None
) -> Verdict:
    if pending is not None:
        return judge(record.version, pending.record.version, same_content=pending.record == record)
    if before is None:
        return APPLIED
    same = kept is not None and kept["record"] == as_kept(record)
    return judge(record.version, before["feed_version"], same_content=same)


def as_kept(record: StaffRecord) -> Document:
    return record.model_dump(mode="json", by_alias=True, exclude_defaults=True)


async def _save_records(
    tx: Transaction, agency: str, newest: dict[str, Submission], before: dict[str, Document]
) -> None:
    documents = [
        {"_id": id_, "agency": agency, "version": each.record.version, "record": as_kept(each.record)}
        for id_, each in newest.items()
    ]
    new = [document for document in documents if document["_id"] not in before]
    await people.save_records(tx, new, [document for document in documents if document["_id"] in before])


def _merge(id_: str, submission: Submission, before: Document | None) -> Merge:
    return Merge(id_, before, submission.record, before["own"] if before else {}, submission.cause)


async def on_staff_records(tx: Transaction, batch: Sequence[Incoming[StaffRecord]]) -> None:
    """The main door. What doesn't count is parked with its reason; a repetition is nothing."""
    agency = batch[0].agency
    submissions = [Submission(incoming.data, incoming.trace) for incoming in batch]
    try:
        verdicts = await take_in(tx, agency, submissions, datetime.now(UTC))
    except NotFound as unknown:
        verdicts = [Verdict("refused", str(unknown))] * len(batch)
    for incoming, verdict in zip(batch, verdicts, strict=True):
        if verdict.reason:
            await parking.park(tx, incoming.record, "refused", verdict.reason)
