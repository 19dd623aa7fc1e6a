"""Whether the chain is what it was: read once from its first seal to its last, beside the entries."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from pymongo import ASCENDING

from shared.audit.chain import NOTHING, Anchor, digest
from shared.audit.entries import IN_ORDER
from shared.audit.sealing import last_seal
from shared.mongo import Database, Document


@dataclass(frozen=True, slots=True)
class Break:
    """The first place that is not as it was sealed. `place` counts from 0 within its batch."""

    batch: int
    why: str
    place: int | None = None
    entry: str | None = None


@dataclass(slots=True)
class Report:
    """What was checked: everything before `broken`, or all of it up to `head`. `pending` wait for a seal."""

    service: str
    batches: int = 0
    entries: int = 0
    anchors: int = 0
    pending: int = 0
    head: Anchor | None = None
    broken: Break | None = None


class _BrokenError(Exception):
    def __init__(self, found: Break) -> None:
        super().__init__(found.why)
        self.found = found


async def verify(db: Database, service: str, anchors: Iterable[Anchor] = ()) -> Report:
    """Goes on to the first break. May run beside the service; what is sealed meanwhile is left for the next
    time. Anchors of other services are passed over.
    """
    report = Report(service)
    known: dict[int, set[str]] = {}
    for anchor in anchors:
        if anchor.service == service:
            known.setdefault(anchor.batch, set()).add(anchor.sha256)
    try:
        await _follow(db, report, known)
    except _BrokenError as broken:
        report.broken = broken.found
    report.pending = await db.audit_pending.count_documents({"_id": {"$gt": ""}})
    return report


async def _follow(db: Database, report: Report, anchors: dict[int, set[str]]) -> None:
    head = await last_seal(db)
    last = head["_id"] if head else 0
    entries = _Entries(db)
    previous = NOTHING
    async for seal in db.audit_seals.find({"_id": {"$lte": last}}).sort("_id", ASCENDING):
        n = report.batches + 1
        _check_seal(seal, n, previous)
        if named := anchors.pop(n, set()):
            if named != {seal["sha256"]}:
                raise _BrokenError(Break(n, "is another than the anchor names"))
            report.anchors += 1
        _check_entries(seal, await entries.up_to(n))
        report.batches, report.entries = n, report.entries + len(seal["entries"])
        previous = seal["sha256"]
        report.head = Anchor(report.service, n, previous)
    if anchors:
        raise _BrokenError(Break(min(anchors), f"is named by an anchor, and the chain ends at batch {last}"))
    stray = await entries.next()
    if stray is not None and not await db.audit_seals.find_one({"_id": stray.get("batch")}):
        raise _BrokenError(Break(last + 1, "has an entry and no seal", entry=str(stray["_id"])))


def _check_seal(seal: Document, n: int, previous: str) -> None:
    if seal["_id"] != n:
        raise _BrokenError(Break(n, "is missing"))
    if seal.get("sha256") != digest(seal):
        raise _BrokenError(Break(n, "its seal was changed"))
    if seal["previous"] != previous:
        raise _BrokenError(Break(n, f"follows another batch {n - 1} than there is"))


def _check_entries(seal: Document, found: list[Document]) -> None:
    n, hashes = seal["_id"], seal["entries"]
    for place, entry in enumerate(found):
        if place == len(hashes) or entry.get("batch") != n or entry.get("place") in range(place):
            raise _BrokenError(Break(n, "an entry was inserted", place, str(entry["_id"])))
        if entry.get("place") != place:
            raise _BrokenError(Break(n, "an entry is missing", place))
        if digest(entry) != hashes[place]:
            raise _BrokenError(Break(n, "an entry was changed", place, str(entry["_id"])))
    if len(found) < len(hashes):
        raise _BrokenError(Break(n, "an entry is missing", len(found)))


class _Entries:
    """All of them in order, each taken once."""

    def __init__(self, db: Database) -> None:
        self._rows: AsyncIterator[Document] = aiter(db.audit.find({}).hint(IN_ORDER).sort(_ORDER))
        self._ahead: Document | None = None

    async def next(self) -> Document | None:
        row, self._ahead = self._ahead, None
        return row if row is not None else await anext(self._rows, None)

    async def up_to(self, batch: int) -> list[Document]:
        """Those of the batch; and what sorts before it, which should not be there."""
        found: list[Document] = []
        while (row := await self.next()) is not None:
            of = row.get("batch")
            if isinstance(of, int | float) and of > batch:
                self._ahead = row
                break
            found.append(row)
        return found


_ORDER = [("batch", ASCENDING), ("place", ASCENDING)]
