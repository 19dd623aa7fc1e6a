"""What is held on somebody is gathered from every service, and so is an erasure (O1, docs/decisions/0024)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import uuid_utils

from services.directory.groups.store import groups as group_store
from services.directory.people.rules.fields import is_blank
from services.directory.people.store import profiles
from services.directory.practices import handlers as practices
from services.directory.privacy import refusals
from services.directory.privacy.rules import privacy as rules
from services.directory.privacy.rules.privacy import Asked
from services.directory.privacy.store import privacy as store
from services.directory.privacy.store import records
from shared.audit import entries as audit
from shared.consuming.incoming import Incoming
from shared.consuming.states import TOMBSTONE_AFTER, Source
from shared.contracts.privacy import ClassCount, Mention, PrivacyAnswer, RequestKind, Wanted
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PRIVACY
from shared.moments import now_ms
from shared.mongo import Database, Document, Mongo, Transaction
from shared.privacy import burials, sealing, texts, words
from shared.privacy.texts import Texts
from shared.publishing import outbox

_HERE = "directory"
GROUPS = Source(DIRECTORY_GROUPS, "groups", group_store.public_state)
TEXTS = (
    Texts("questions", "question", ("title", "text")),
    Texts("answers", "answer", ("text",)),
    Texts("practices", "practice", ("title", "topic", "text"), derived=practices.findable),
    Texts("group_decisions", "group-decision", ("text",)),
    Texts(
        "groups",
        "group",
        ("name", "purpose", "mandate"),
        GROUPS,
        lambda group: {"sort_name": group["name"].casefold()},
    ),
    Texts("corrections", "correction", ("value", "comment", "answer")),
    texts.ANSWERS,
)


async def look_for(db: Database, people: Sequence[Document]) -> Wanted:
    """How services find what these are called. Ask before they are erased."""
    names = [name for each in people for name in rules.names_of(each)]
    return words.wanted(
        secrets.token_hex(8), names, rules.phones_of(people), await store.namesakes(db, people)
    )


def ask(tx: Transaction, asked: Asked, now: datetime) -> Document:
    """Ask every service. Save what is returned in the same transaction."""
    key = sealing.new_key() if asked.kind == "export" else None
    request = rules.new(str(uuid_utils.uuid7()), asked, key, now_ms(now))
    _announce(tx, request)
    return request


async def ask_about(
    tx: Transaction, kind: RequestKind, person: Document, wanted: Wanted | None, now: datetime
) -> Document:
    """About one person, as they are now."""
    request = ask(tx, Asked(kind, person["agency"], {person["_id"]: person["version"]}, wanted=wanted), now)
    await store.save(tx, request)
    return request


def _announce(tx: Transaction, request: Document) -> None:
    if state := store.public_state(request):
        outbox.announce(tx, DIRECTORY_PRIVACY, state)


async def on_answers(tx: Transaction, batch: Sequence[Incoming[PrivacyAnswer]]) -> None:
    """Pieces are kept as they come; a service has answered when its last one has. Idempotent."""
    known = await store.load_many(tx, {each.data.request_id for each in batch})
    # By the server's clock of the day: what is kept is kept for days.
    now = now_ms(datetime.now(UTC))
    pieces: list[Document] = []
    for incoming in batch:
        answer, service = incoming.data, incoming.record.topic.partition(".")[0]
        request = known.get(answer.request_id)
        if request is None or not request["open"]:
            continue
        if answer.sealed:
            made = (request["_id"], service, answer.attempt, answer.piece, answer.sealed)
            pieces.append(store.piece(*made, now))
        if answer.last:
            known[request["_id"]] = await _answered(tx, request, service, answer, now)
    await store.put_pieces(tx, pieces)


async def _answered(
    tx: Transaction, request: Document, service: str, answer: PrivacyAnswer, now: datetime
) -> Document:
    after = rules.answered(request, service, answer, now)
    if not rules.missing(after):
        return await _close(tx, after, "done", now)
    await store.save(tx, after)
    return after


async def _close(tx: Transaction, request: Document, state: str, now: datetime) -> Document:
    after = rules.closed(request, state, now)
    await store.save(tx, after)
    gone = {after["_id"]: after["version"]}
    await burials.erased(tx, DIRECTORY_PRIVACY, "privacy_requests", gone, now)
    if request["kind"] == "erasure":
        # Everybody has heard: their very id goes from the topic as soon as may be.
        erased = [each["id"] for each in request["people"]]
        await records.hasten_tombstones(tx, erased, now - TOMBSTONE_AFTER)
    return after


async def withdraw(tx: Transaction, person_id: str, now: datetime) -> None:
    """They are erased: what they asked for before is not asked any more, and what came of it goes."""
    for request in await store.about(tx, person_id):
        others = [each for each in request["people"] if each["id"] != person_id]
        after = {**request, "people": others}
        if request["kind"] == "erasure" or others:
            await store.save(tx, after)
        elif request["open"]:
            await _close(tx, {**after, "key": None}, "withdrawn", now)
            await store.drop_answers(tx, [request["_id"]])
        else:
            await store.save(tx, after)
            await store.drop_answers(tx, [request["_id"]])


async def work(mongo: Mongo, now: datetime) -> bool:
    """The directory's own part of what is asked, and what nobody has answered for long. Returns whether there
    was anything to do.
    """
    await burials.bury(mongo, now, texts.sources(TEXTS))
    worked = False
    for request in await store.to_do(mongo.db):
        if not request["services"][_HERE]["answered_at"]:
            await _answer(mongo, request, now)
            worked = True
        elif request.get("expires_at") and request["expires_at"] <= now:
            await mongo.transact(partial(_expire, id_=request["_id"], now=now))
        elif request["told_at"] + rules.ASKED_AGAIN_AFTER <= now:
            await mongo.transact(partial(_ask_again, id_=request["_id"], now=now))
    return worked


async def _expire(tx: Transaction, id_: str, now: datetime) -> None:
    request = (await store.load_many(tx, [id_])).get(id_)
    if request and request["open"]:
        await _close(tx, request, "expired", now)


async def _ask_again(tx: Transaction, id_: str, now: datetime) -> None:
    """What a service said may have been forgotten by Kafka before it was read here."""
    request = (await store.load_many(tx, [id_])).get(id_)
    if request and request["open"]:
        request |= {"version": request["version"] + 1, "told_at": now}
        await store.save(tx, request)
        _announce(tx, request)


async def _answer(mongo: Mongo, request: Document, now: datetime) -> None:
    """As another service would, without the way over Kafka."""
    people = await profiles.whoever(mongo.db, [each["id"] for each in request["people"]])
    attempt, pieces = str(uuid_utils.uuid7()), 0
    if request["kind"] == "export" and request["departure"] is None:
        public = sealing.public_part(request["key"])
        async for sealed in sealing.sealed(_rows(mongo.db, people), public):
            made = store.piece(request["_id"], _HERE, attempt, pieces, sealed, now_ms(now))
            await mongo.transact(partial(store.put_pieces, pieces=[made]))
            pieces += 1
    mentions: tuple[Mention, ...] = ()
    if request["wanted"]:
        wanted = Wanted.model_validate(request["wanted"], strict=False)
        mentions = await texts.look(mongo, TEXTS, wanted, redact=request["kind"] == "erasure")
    told = PrivacyAnswer(
        request_id=request["_id"],
        request_version=request["version"],
        attempt=attempt,
        piece=pieces,
        last=True,
        classes=await _classes(mongo.db, people),
        mentions=mentions[:1_000],
    )

    async def keep(tx: Transaction) -> None:
        current = (await store.load_many(tx, [request["_id"]])).get(request["_id"])
        if current and current["open"]:
            await _answered(tx, current, _HERE, told, now_ms(now))

    await mongo.transact(keep)


async def _classes(db: Database, people: Sequence[Document]) -> tuple[ClassCount, ...]:
    """Of those who are erased already there is nothing to be counted: what they had was said before."""
    here = [each for each in people if not is_blank(each)]
    return tuple(
        [
            ClassCount(
                name=each.name,
                sv=each.sv,
                en=each.en,
                records=sum([await records.count(db, each, person) for person in here]),
                action=each.action,
            )
            for each in records.CLASSES
        ]
    )


async def _rows(db: Database, people: Sequence[Document]) -> AsyncIterator[tuple[str, Any]]:
    for person in people:
        for each in records.CLASSES:
            for row in await records.of_person(db, each, person):
                yield each.name, row
        for entry in await audit.about(db, person["_id"]):
            yield "audit", entry


async def load(db: Database, request_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such request.

    """
    request = await store.find(db, request_id)
    if request is None:
        raise refusals.NoSuchRequest
    return request


async def gathered(db: Database, request: Mapping[str, Any]) -> dict[str, dict[str, list[Any]]]:
    """Service to class to rows, of those that have answered."""
    found: dict[str, dict[str, list[Any]]] = {}
    for service, receipt in request["services"].items():
        if not receipt["answered_at"]:
            continue
        classes: dict[str, list[Any]] = {each["name"]: [] for each in receipt["classes"]}
        slices = await store.pieces(db, request["_id"], service, receipt["attempt"])
        for name, row in await asyncio.to_thread(_opened, slices, request["key"]):
            classes.setdefault(name, []).append(row)
        found[service] = classes
    return found


def _opened(slices: Sequence[str], key: dict[str, str]) -> list[tuple[str, Any]]:
    return list(sealing.unsealed(slices, key))
