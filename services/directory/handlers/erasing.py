"""What is held on a person, given out and erased; and what has been kept long enough (O1)."""

from datetime import datetime, timedelta
from typing import Any

from services.directory.handlers import groups, leaves, visibility
from services.directory.handlers.people import announce_person, plan_last_words
from services.directory.rules import erasing as rules
from services.directory.rules.group_life import AT_ONCE
from services.directory.rules.groups import VisibilityChanged
from services.directory.store import groups as group_store
from services.directory.store import profiles
from services.directory.store import records as store
from shared.audit import entries as audit
from shared.errors import NotFound
from shared.mongo import Database, Document, Mongo, Transaction
from shared.web import idempotency
from shared.web.fields import now_ms

_PORTION = 100


async def export(mongo: Mongo, person: Document) -> dict[str, list[Document]]:
    """Everything that is held on them, by class, and what the audit says about them."""
    about = {"agency": person["agency"], "person": person["_id"]}
    await audit.record_reading(mongo, "person.exported", **about)
    found = {each.name: await store.of_person(mongo.db, each, person) for each in store.CLASSES}
    return {**found, "audit": await audit.about(mongo.db, person["_id"])}


async def counts(db: Database, person: Document) -> dict[str, int]:
    """How many records of each class there are: what an erasure would take."""
    return {each.name: await store.count(db, each, person) for each in store.CLASSES}


async def erase(tx: Transaction, person_id: str, now: datetime) -> None:
    """Nothing of them is left here but a marker, and others hear that they are gone. Idempotent.

    Raises:
        NotFound: there is no such person.

    """
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if person is None:
        raise NotFound("There is no such person.")
    if rules.is_blank(person):
        return
    await audit.record(tx, "person.erased", agency=person["agency"], person=person_id)
    await visibility.follow_people(tx, [VisibilityChanged(person_id, person["groups"], visible=False)])
    await leaves.forget(tx, [person_id], now)
    for record_class in store.CLASSES:
        await store.erase(tx, record_class, person)
    for group in await group_store.load_many(tx, person["groups"]):
        after = rules.without(group, person_id)
        if after["owner_id"] is None:
            after["due_at"] = AT_ONCE
        await groups.save(tx, after)
    await idempotency.forget(tx, [person_id])
    after = rules.blank(person, now_ms(now))
    await store.put_person(tx, after)
    announce_person(tx, after)
    if after["public"]:
        await plan_last_words(tx, [person_id], now)


async def keep_no_longer(mongo: Mongo, now: datetime, *, dry_run: bool) -> dict[str, int]:
    """How many rows of each class have been kept long enough; they are erased unless it is a dry run.
    Idempotent, and in portions that fit into a transaction.
    """
    done: dict[str, int] = {}
    for each in store.CLASSES:
        if each.keep_days is None:
            continue
        before = now - timedelta(days=each.keep_days)
        done[each.name] = await store.outlived_count(mongo.db, each, before)
        while not dry_run and (rows := await store.outlived(mongo.db, each, before, _PORTION)):
            await mongo.transact(lambda tx, each=each, rows=rows: _let_go(tx, each, rows, now))
    return done


async def _let_go(tx: Transaction, record_class: store.RecordClass, rows: list[Any], now: datetime) -> None:
    if record_class.action != "blanked":
        await store.drop(tx, record_class, rows)
        return
    for person_id in rows:
        await erase(tx, person_id, now)
