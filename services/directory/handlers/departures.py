"""An agency leaves the network: first it gets all its data, then everything of it goes (D24)."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any

import uuid_utils

from services.directory.handlers import erasing
from services.directory.rules.departures import README, own_part
from services.directory.store import agencies, records
from services.directory.store import departures as store
from shared import outbox
from shared.audit import entries as audit
from shared.contracts.topics import DIRECTORY_AGENCIES
from shared.errors import Conflict, NotFound
from shared.mongo import Database, Document, Mongo, Transaction
from shared.web.fields import now_ms

_PORTION = 200
_ERASED_AT_ONCE = 20
_IN_MEMORY = 16_000_000
# Others' questions to its people are theirs, answers to calls are a day old at most, and what was refused the
# agency has itself.
_NOT_ITS_OWN = frozenset(
    {
        "asked",
        "audit_people",
        "credited_practices",
        "practices",
        "proposed_corrections",
        "refused_records",
        "requests",
    }
)
_RETURNED = tuple(each for each in records.CLASSES if each.name not in _NOT_ITS_OWN)


async def begin(tx: Transaction, slug: str, by: str, now: datetime) -> Document:
    """The archive is made soon. Nothing is taken away yet. One that is under way is answered again.

    Raises:
        NotFound: no agency has this slug.

    """
    if await agencies.load(tx, slug) is None:
        raise NotFound("There is no such agency.")
    for known in await store.of_agency(tx, slug):
        if known["state"] in {"collecting", "ready"}:
            return known
    job: Document = {
        "_id": str(uuid_utils.uuid7()),
        "agency": slug,
        "state": "collecting",
        "open": True,
        "by": by,
        "at": now_ms(now),
        "counts": {},
        "size": 0,
        "sha256": "",
    }
    await store.save(tx, job)
    await audit.record(tx, "departure.begun", agency=slug, thing=f"departure/{job['_id']}")
    return job


async def load(db: Database, departure_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such departure.

    """
    job = await store.find(db, departure_id)
    if job is None:
        raise NotFound("There is no such departure.")
    return job


async def collect(mongo: Mongo, job: Document, now: datetime) -> None:
    """Make the archive. Begun again after a crash, it takes the half-made one's place."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        counts = await _pack(mongo.db, job["agency"], file)
        size, digest = await _keep(mongo.db, job["_id"], file, now)
    ready = {**job, "state": "ready", "open": False, "counts": counts, "size": size, "sha256": digest}
    await mongo.transact(lambda tx: store.save(tx, ready))


async def _pack(db: Database, agency: str, file: SpooledTemporaryFile[bytes]) -> dict[str, int]:
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("agency.json", _lines([await agencies.find(db, agency) or {}]))
        for name, rows in (
            ("practices", await store.practices_of(db, agency)),
            ("role_mappings", await store.mappings_of(db, agency)),
        ):
            archive.writestr(f"{name}.jsonl", _lines(rows))
            counts[name] = len(rows)
        counts["staff_records"] = await _pack_records(db, agency, archive)
        counts["audit"] = await _pack_audit(db, agency, archive)
        for record_class in _RETURNED:
            counts[record_class.name] = await _pack_class(db, agency, record_class, archive)
    return counts


async def _pack_class(
    db: Database, agency: str, record_class: records.RecordClass, archive: zipfile.ZipFile
) -> int:
    seen: set[Any] = set()
    last = ""
    with archive.open(f"{record_class.name}.jsonl", "w") as entry:
        while people := await store.people_of(db, agency, last, _PORTION):
            last = people[-1]["_id"]
            ids = {person["_id"] for person in people}
            for row in await records.of_people(db, record_class, people):
                # A group is met once for each portion that has members in it.
                if row["_id"] not in seen:
                    seen.add(row["_id"])
                    part = own_part(record_class.name, row, ids)
                    await asyncio.to_thread(entry.write, _lines([part]))
    return len(seen)


async def _pack_records(db: Database, agency: str, archive: zipfile.ZipFile) -> int:
    """As they came, without anything of ours."""
    count, last = 0, ""
    with archive.open("staff_records.jsonl", "w") as entry:
        while people := await store.people_of(db, agency, last, _PORTION):
            last = people[-1]["_id"]
            count += len(people)
            await asyncio.to_thread(entry.write, b"".join(person["record"] + b"\n" for person in people))
    return count


async def _pack_audit(db: Database, agency: str, archive: zipfile.ZipFile) -> int:
    """With people's ids in place of what the audit calls them."""
    count = 0
    with archive.open("audit.jsonl", "w") as entry:
        async for rows in audit.of_agency(db, agency, _PORTION):
            count += len(rows)
            await asyncio.to_thread(entry.write, _lines(rows))
    return count


def _lines(rows: list[Any]) -> bytes:
    return "".join(f"{json.dumps(row, default=str, ensure_ascii=False)}\n" for row in rows).encode()


async def _keep(
    db: Database, departure_id: str, file: SpooledTemporaryFile[bytes], now: datetime
) -> tuple[int, str]:
    file.seek(0)
    digest, size, n = hashlib.sha256(), 0, 0
    while piece := file.read(store.PIECE):
        await store.put_piece(db, departure_id, n, piece, now_ms(now))
        digest.update(piece)
        size, n = size + len(piece), n + 1
    return size, digest.hexdigest()


async def hand_out(mongo: Mongo, job: Document) -> AsyncIterator[bytes]:
    """The archive, piece by piece."""
    about = {"agency": job["agency"], "thing": f"departure/{job['_id']}"}
    await audit.record_reading(mongo, "archive.read", **about)
    return store.pieces(mongo.db, job["_id"])


async def complete(tx: Transaction, departure_id: str) -> Document:
    """The agency is gone at once: its tokens are dead and its feed is nobody's. Its people follow.

    Raises:
        NotFound: there is no such departure.
        Conflict: its archive is not ready yet.

    """
    job = await store.load(tx, departure_id)
    if job is None:
        raise NotFound("There is no such departure.")
    if job["state"] in {"leaving", "gone"}:
        return job
    if job["state"] != "ready":
        raise Conflict("The archive is not ready yet.")
    agency = await agencies.load(tx, job["agency"])
    if agency is None:
        raise NotFound("There is no such agency.")
    trusted = {"tokens": [], "coordinators": [], "steering": [], "role_mailboxes": {}}
    after = {**agency, **trusted, "deleted": True, "version": agency["version"] + 1, "gone_at": job["at"]}
    await agencies.save(tx, after)
    outbox.announce(tx, DIRECTORY_AGENCIES, agencies.public_state(after))
    leaving = {**job, "state": "leaving", "open": True}
    await store.save(tx, leaving)
    about = {"agency": job["agency"], "thing": f"departure/{departure_id}", "sha256": job["sha256"]}
    await audit.record(tx, "departure.completed", **about)
    return leaving


async def take_away(mongo: Mongo, job: Document, now: datetime) -> None:
    """Everything of the agency, by the rules for those who are erased. Idempotent."""
    while people := await store.people_of(mongo.db, job["agency"], "", _ERASED_AT_ONCE):
        await mongo.transact(lambda tx, people=people: _erase(tx, people, now))

    async def work(tx: Transaction) -> None:
        await store.drop_belongings(tx, job["agency"])
        await store.save(tx, {**job, "state": "gone", "open": False})

    await mongo.transact(work)


async def _erase(tx: Transaction, people: list[Document], now: datetime) -> None:
    for person in people:
        await erasing.erase(tx, person["_id"], now)
