"""What is held on a person, given out and erased; and what has been kept long enough (O1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.directory.groups.handlers import groups
from services.directory.groups.rules.life import AT_ONCE
from services.directory.groups.store import groups as group_store
from services.directory.intake.handlers import leaves
from services.directory.people.handlers.people import announce_person, plan_last_words
from services.directory.people.rules.facts import VisibilityChanged
from services.directory.people.rules.fields import is_blank
from services.directory.people.store import profiles
from services.directory.privacy.handlers import privacy
from services.directory.privacy.rules import erasing as rules
from services.directory.privacy.rules.privacy import Asked
from services.directory.privacy.store import privacy as request_store
from services.directory.privacy.store import records as store
from shared import due
from shared.audit import entries as audit
from shared.contracts.privacy import Wanted
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.privacy import burials
from shared.refusals import NoSuchPerson
from shared.web import idempotency

log = structlog.get_logger()
# Each leaves an audit entry, a marker and its groups: as many as go into one transaction.
_PORTION = 20


async def export(mongo: Mongo, person: Document) -> dict[str, list[Document]]:
    """Everything that is held on them, by class, and what the audit says about them."""
    about = {"agency": person["agency"], "person": person["_id"]}
    await audit.record_reading(mongo, "person.exported", **about)
    found = {each.name: await store.of_person(mongo.db, each, person) for each in store.CLASSES}
    return {**found, "audit": await audit.about(mongo.db, person["_id"])}


async def counts(db: Database, person: Document) -> dict[str, int]:
    """How many records of each class there are: what an erasure would take."""
    return {each.name: await store.count(db, each, person) for each in store.CLASSES}


async def erase(
    tx: Transaction, people: Sequence[str], wanted: Wanted | None, now: datetime, departure: str | None = None
) -> Document | None:
    """People of one agency, here at once and in every other service as soon as it hears of it. Returns what
    the services are asked, or None where all are erased already. Idempotent.

    Raises:
        NotFound: there is no such person.

    """
    known = await profiles.load_many(tx, people)
    if len(known) < len(people):
        raise NoSuchPerson
    here = [person for person in known.values() if not is_blank(person)]
    if not here:
        return None
    versions = {person["_id"]: (await _erase(tx, person, now))["version"] for person in here}
    agency = here[0]["agency"]
    request = privacy.ask(tx, Asked("erasure", agency, versions, wanted=wanted, departure=departure), now)
    await request_store.save(tx, request)
    return request


async def _erase(tx: Transaction, person: Document, now: datetime) -> Document:
    """Nothing of them is left here but a marker, and others hear that they are gone. Returns the marker."""
    person_id = person["_id"]
    await audit.record(tx, "person.erased", agency=person["agency"], person=person_id)
    await tx.react([VisibilityChanged(person_id, person["groups"], visible=False)], now)
    await leaves.forget(tx, [person_id], now)
    for record_class in store.CLASSES:
        await store.erase(tx, record_class, person)
    for group in await group_store.load_many(tx, person["groups"]):
        after = rules.without(group, person_id)
        if not after["members"] and not after["withheld"]:
            # Nobody is in it any more, and what it was for is somebody's words.
            after |= rules.no_group(now_ms(now))
            await group_store.drop_decisions(tx, after["_id"])
        elif after["owner_id"] is None:
            after["due_at"] = AT_ONCE
        await groups.save(tx, after)
        await burials.repeat(tx, privacy.GROUPS, after["_id"], now)
    await privacy.withdraw(tx, person_id, now)
    await idempotency.forget(tx, [person_id])
    after = rules.blank(person, now_ms(now))
    await store.put_person(tx, after)
    announce_person(tx, after)
    if after["public"]:
        await plan_last_words(tx, [person_id], now)
    return after


async def on_visibility_changed(tx: Transaction, changed: Sequence[VisibilityChanged], now: datetime) -> None:
    shown = [change.person_id for change in changed if change.visible]
    hidden = [change.person_id for change in changed if not change.visible]
    await store.note_left(tx, shown, hidden, now)


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
            await _let_go(mongo, each, rows, now)
    return done


async def begin_retention(work: due.Work) -> datetime:
    """Once a day, each class on its own: one that fails holds up no other."""
    rows = [
        due.Row(f"retention/{each.name}", "retention of a class", f"class/{each.name}", work.now)
        for each in store.CLASSES
        if each.keep_days is not None
    ]
    await work.mongo.transact(lambda tx: due.schedule(tx, rows))
    return work.now + timedelta(days=1)


async def let_outlived_go(work: due.Work) -> None:
    """What of one class has been kept long enough. Somebody on whom it fails gets a row of their own."""
    name = work.row.subject.partition("/")[2]
    each = next((each for each in store.CLASSES if each.name == name), None)
    if each is None or each.keep_days is None:
        return
    before, failing, erased = work.now - timedelta(days=each.keep_days), set[Any](), 0
    while rows := await store.outlived(work.mongo.db, each, before, _PORTION + len(failing)):
        left = [row for row in rows if row not in failing]
        if not left:
            break
        failed = await _one_by_one(work, each, left)
        failing |= failed
        erased += len(left) - len(failed)
        await work.moved()
    if erased:
        log.info("retention.enforced", **{each.name: erased})


async def _one_by_one(work: due.Work, record_class: store.RecordClass, rows: list[Any]) -> set[Any]:
    """Returns those on which it failed."""
    failing: set[Any] = set()
    try:
        await _let_go(work.mongo, record_class, rows, work.now)
    except Exception as error:
        if due.is_trouble(error):
            raise
        log.exception("retention.failed", record_class=record_class.name, error=type(error).__name__)
        if len(rows) > 1:
            for row in rows:
                failing |= await _one_by_one(work, record_class, [row])
        elif record_class.action == "blanked":
            apart = due.Row(
                f"retention/person/{rows[0]}", "retention of a person", f"person/{rows[0]}", work.now
            )
            await work.mongo.transact(lambda tx: due.schedule(tx, [apart]))
            failing.add(rows[0])
        else:
            raise
    return failing


async def let_person_go(work: due.Work) -> None:
    """Somebody on whom it failed before."""
    person_id = work.row.subject.partition("/")[2]
    blanked = next(each for each in store.CLASSES if each.action == "blanked" and each.keep_days is not None)
    await _let_go(work.mongo, blanked, [person_id], work.now)


async def _let_go(mongo: Mongo, record_class: store.RecordClass, rows: Sequence[Any], now: datetime) -> None:
    if record_class.action != "blanked":
        await mongo.transact(lambda tx: store.drop(tx, record_class, rows))
        return
    by_agency: dict[str, list[Document]] = {}
    for person in await profiles.whoever(mongo.db, rows):
        by_agency.setdefault(person["agency"], []).append(person)
    for people in by_agency.values():
        wanted = await privacy.look_for(mongo.db, people)
        ids = [person["_id"] for person in people]
        await mongo.transact(lambda tx, ids=ids, wanted=wanted: erase(tx, ids, wanted, now))
