"""A directory's database as it is to begin with: empty, or with any number of people in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel

from agencynet.operations import open_database
from services.directory.agencies.handlers.agencies import add_agency
from services.directory.app import SPEC
from services.directory.intake.handlers.staff import Submission, take_in
from shared.contracts.envelope import Trace
from shared.mongo import Mongo, Transaction
from shared.service import Service
from shared.settings import ServiceSettings
from tests.bench.people import staff_records

AGENCY = "bench"
_FIELDS = {
    "name": "Bench",
    "full_name": "Bench",
    "name_en": "Bench",
    "kind": "myndighet",
    "places": ["Sundsvall"],
    "mail_domain": "bench.example",
    "protection": "carried",
}
_PORTION = 1_000


@asynccontextmanager
async def prepared(settings: ServiceSettings) -> AsyncIterator[Mongo]:
    mongo = open_database(settings, "directory")
    await mongo.client.drop_database(mongo.db.name)
    indexes = Service(SPEC, settings).indexes
    # People must be found in either case, so the bare loop's are indexed as the directory's are, and its outbox
    # as DESIGN has it.
    in_order = IndexModel([("shard", ASCENDING), ("key", ASCENDING), ("version", ASCENDING)])
    await mongo.prepare(indexes | {"bare": indexes["people"], "bare_outbox": [in_order]})
    try:
        yield mongo
    finally:
        mongo.close()


async def join(mongo: Mongo) -> None:
    await mongo.transact(lambda tx: add_agency(tx, AGENCY, _FIELDS, datetime.now(UTC)))


async def fill(mongo: Mongo, start: int, end: int, seed: int) -> None:
    """People e<start> … e<end>, by the handler that every door uses; what would be announced is forgotten."""
    for number in range(start, end, _PORTION):
        records = staff_records(min(_PORTION, end - number), seed, number)
        submissions = [Submission(record, Trace(f"bench-{number}")) for record in records]

        async def work(tx: Transaction, submissions: list[Submission] = submissions) -> None:
            await take_in(tx, AGENCY, submissions, datetime.now(UTC))
            tx.announced.clear()

        await mongo.transact(work)
