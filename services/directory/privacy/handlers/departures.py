"""An agency leaves the network: first it gets all its data, then everything of it goes (D24)."""

import asyncio
import hashlib
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any

import uuid_utils

from services.directory.agencies.store import agencies
from services.directory.privacy import refusals
from services.directory.privacy.handlers import erasing, privacy
from services.directory.privacy.rules import privacy as privacy_rules
from services.directory.privacy.rules.departures import emptied, own_part, readme
from services.directory.privacy.rules.privacy import Asked
from services.directory.privacy.store import departures as store
from services.directory.privacy.store import privacy as request_store
from services.directory.privacy.store import records
from shared.audit import entries as audit
from shared.contracts.topics import DIRECTORY_AGENCIES, SERVICES
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.privacy import sealing
from shared.publishing import outbox
from shared.refusals import NoSuchAgency

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
        "decided_corrections",
        "practices",
        "privacy_requests",
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
        raise NoSuchAgency
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
        raise refusals.NoSuchDeparture
    return job


async def gather(mongo: Mongo, job: Document, now: datetime) -> bool:
    """Make the archive once every service has said what it holds; returns whether it is made. Begun again
    after a crash, it takes the half-made one's place.
    """
    asked = await _asked(mongo.db, job, "export")
    if not asked:
        await mongo.transact(lambda tx: _ask_all(tx, job, now))
        return False
    if any(request["open"] for request in asked):
        return False
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        counts = await _pack(mongo.db, job["agency"], asked, file)
        size, digest = await _keep(mongo.db, job["_id"], file, now)
    ready = {**job, "state": "ready", "open": False, "counts": counts, "size": size, "sha256": digest}

    async def work(tx: Transaction) -> None:
        await store.save(tx, ready)
        await request_store.drop_answers(tx, [request["_id"] for request in asked])

    await mongo.transact(work)
    return True


async def _asked(db: Database, job: Document, kind: str) -> list[Document]:
    return [each for each in await request_store.of_departure(db, job["_id"]) if each["kind"] == kind]


async def missing(db: Database, job: Document) -> list[str]:
    """Services for which it waits."""
    kind = "export" if job["state"] == "collecting" else "erasure"
    asked = await _asked(db, job, kind) if job["open"] else []
    return sorted({name for request in asked if request["open"] for name in privacy_rules.missing(request)})


async def _ask_all(tx: Transaction, job: Document, now: datetime) -> None:
    """So many people a request, and one for what is nobody's but the agency's."""
    last = ""
    while people := await store.people_of(tx.db, job["agency"], last, _PORTION):
        last = people[-1]["_id"]
        versions = {person["_id"]: person["version"] for person in people}
        await _ask(tx, Asked("export", job["agency"], versions, departure=job["_id"]), now)
    await _ask(tx, Asked("export", job["agency"], {}, whole=True, departure=job["_id"]), now)


async def _ask(tx: Transaction, asked: Asked, now: datetime) -> None:
    await request_store.save(tx, privacy.ask(tx, asked, now))


async def _pack(
    db: Database, agency: str, asked: list[Document], file: SpooledTemporaryFile[bytes]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme(_classes_elsewhere(asked)))
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
        for service in SERVICES[1:]:
            counts |= await _pack_service(db, service, asked, archive)
    return counts


def _classes_elsewhere(asked: list[Document]) -> dict[str, tuple[str, str]]:
    """What other services hold: file to what it is, in both languages."""
    return {
        _file(service, each["name"]): (each["sv"], each["en"])
        for request in asked
        for service in SERVICES[1:]
        for each in request["services"][service]["classes"]
    }


def _file(service: str, record_class: str) -> str:
    return f"{service}/{record_class}.jsonl"


async def _pack_service(
    db: Database, service: str, asked: list[Document], archive: zipfile.ZipFile
) -> dict[str, int]:
    """A file a class; what several people have a part in is in it once."""
    files: dict[str, SpooledTemporaryFile[bytes]] = {}
    seen: dict[str, set[Any]] = {}
    for request in asked:
        receipt = request["services"][service]
        for each in receipt["classes"]:
            if each["name"] not in files:
                # Closed where it is read.
                files[each["name"]] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
                seen[each["name"]] = set()
        slices = await request_store.pieces(db, request["_id"], service, receipt["attempt"])
        await asyncio.to_thread(_sort_out, slices, request["key"], files, seen)
    for name, rows in files.items():
        rows.seek(0)
        with rows, archive.open(_file(service, name), "w") as entry:
            await asyncio.to_thread(shutil.copyfileobj, rows, entry)
    return {f"{service}/{name}": len(ids) for name, ids in seen.items()}


def _sort_out(
    slices: list[str],
    key: dict[str, str],
    files: dict[str, SpooledTemporaryFile[bytes]],
    seen: dict[str, set[Any]],
) -> None:
    for name, row in sealing.unsealed(slices, key):
        # Sessions, which say no id, are as many as there are.
        told = row.get("_id", len(seen[name]))
        if told not in seen[name]:
            seen[name].add(told)
            files[name].write(_lines([row]))


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
        raise refusals.NoSuchDeparture
    if job["state"] in {"leaving", "gone"}:
        return job
    if job["state"] != "ready":
        raise refusals.ArchiveIsNotReady
    agency = await agencies.load(tx, job["agency"])
    if agency is None:
        raise NoSuchAgency
    kept = {"deleted": True, "version": agency["version"] + 1, "gone_at": job["at"]}
    after = {**emptied(agency), "_id": agency["_id"], **kept}
    await agencies.save(tx, after)
    outbox.announce(tx, DIRECTORY_AGENCIES, agencies.public_state(after))
    leaving = {**job, "state": "leaving", "open": True}
    await store.save(tx, leaving)
    about = {"agency": job["agency"], "thing": f"departure/{departure_id}", "sha256": job["sha256"]}
    await audit.record(tx, "departure.completed", **about)
    return leaving


async def take_away(mongo: Mongo, job: Document, now: datetime) -> bool:
    """Everything of the agency, by the rules for those who are erased, here and then in every other service;
    returns whether nothing is left. Idempotent.
    """
    while people := await store.people_of(mongo.db, job["agency"], "", _ERASED_AT_ONCE):
        wanted = await privacy.look_for(mongo.db, people)
        ids = [person["_id"] for person in people]
        await mongo.transact(
            lambda tx, ids=ids, wanted=wanted: erasing.erase(tx, ids, wanted, now, departure=job["_id"])
        )
    asked = await _asked(mongo.db, job, "erasure")
    if not any(request["whole"] for request in asked):
        await mongo.transact(lambda tx: _ask_for_the_rest(tx, job, now))
        return False
    if any(request["open"] for request in asked):
        return False

    async def work(tx: Transaction) -> None:
        # Once more: what was under way when it left may have been written since.
        await store.drop_belongings(tx, job["agency"])
        await store.save(tx, {**job, "state": "gone", "open": False, "by": None})

    await mongo.transact(work)
    return True


async def _ask_for_the_rest(tx: Transaction, job: Document, now: datetime) -> None:
    await store.drop_belongings(tx, job["agency"])
    await _ask(tx, Asked("erasure", job["agency"], {}, whole=True, departure=job["_id"]), now)
