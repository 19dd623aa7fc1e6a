"""Signing in: links by mail, sessions, and the tokens that the other services are shown."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
import uuid_utils

from services.portal.models import Reader
from services.portal.rules.signing_in import (
    LINK_MINUTES,
    are_one,
    may_sign_in,
    network_of,
    owner_of,
    tries_allowed,
    window_of,
)
from services.portal.store import links, people, sessions
from shared.auth import digest
from shared.contracts.directory import Agency
from shared.contracts.notify import Request, SignInLink
from shared.formats.addresses import canonical
from shared.mongo import Database, Document, Mongo, Transaction
from shared.publishing import outbox

log = structlog.get_logger()


class TooManyTries(Exception):  # noqa: N818
    """From this address or this client."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks for a link: what they typed, from where, and where they were going."""

    address: str
    client: str
    onward: str


async def whom(db: Database, address: str) -> Sequence[Reader]:
    """The records of the one person who signs in by this address: several where they are employed twice.
    Nobody where people of different names have it: it would be a guess.
    """
    agency = await agency_of(db, address)
    return await at_agency(db, address, agency) if agency else []


async def at_agency(db: Database, address: str, agency: Agency) -> Sequence[Reader]:
    """The same where the agency is known."""
    found = await people.with_address(db, address, agency.id)
    found = [one for one in found if may_sign_in(one, agency)]
    if found and not are_one(found):
        log.warning("login.address_shared", agency=agency.id, people=len(found))
        return []
    return found


async def agency_of(db: Database, address: str) -> Agency | None:
    """Whose people sign in by this address, in whatever way it is written."""
    return owner_of(address, await people.agencies(db))


async def ask_for_link(mongo: Mongo, asked: Asked, now: datetime) -> None:
    """A link goes to whoever has this address. The same is done and written whether anybody has.

    Raises:
        TooManyTries: counted alike for addresses that nobody has.

    """
    await _count(mongo.db, asked, now)
    found = await whom(mongo.db, asked.address)
    attempt = str(uuid_utils.uuid7())
    link = _link(mailed(attempt), found, asked.onward, now)

    async def work(tx: Transaction) -> None:
        await links.insert(tx, link)
        if found:
            outbox.request(tx, _request(attempt, found[0], link["expires_at"]))

    await mongo.transact(work)


async def link_for(mongo: Mongo, address: str, url: str, now: datetime) -> tuple[str, Reader] | None:
    """A link for the operator to hand over, and whose; None where nobody with the address may sign in."""
    found = await whom(mongo.db, address)
    if not found:
        return None
    return f"{url}/sign-in/{await new_link(mongo, found, '/', now)}", found[0]


async def new_link(mongo: Mongo, found: Sequence[Reader], to: str, now: datetime) -> str:
    """The secret of a link for somebody who has shown already who they are."""
    secret = secrets.token_urlsafe(32)

    async def work(tx: Transaction) -> None:
        await links.insert(tx, _link(digest(secret), found, to, now))

    await mongo.transact(work)
    return secret


async def _count(db: Database, asked: Asked, now: datetime) -> None:
    """By the address as it is compared, so that another way of writing it is no new one."""
    window, ends = window_of(now)
    for kind, what in (("address", canonical(asked.address)), ("client", network_of(asked.client))):
        name = hashlib.sha256(f"{kind}|{what}|{window}".encode()).hexdigest()
        if await links.count_try(db, name, ends) > tries_allowed(kind):
            raise TooManyTries


def mailed(attempt: str) -> str:
    """The id of a link whose secret notify has made; notify tells which attempt it belongs to. No secret's
    digest can be the same.
    """
    return f"mailed/{attempt}"


def _link(id_: str, found: Sequence[Reader], onward: str, now: datetime) -> Document:
    return {
        "_id": id_,
        "people": [one.id for one in found],
        "onward": onward,
        "created_at": now,
        "expires_at": now + timedelta(minutes=LINK_MINUTES),
        "used_at": None,
    }


def _request(attempt: str, person: Reader, expires_at: datetime) -> Request:
    return Request(
        person_id=person.id,
        kind="portal.sign_in",
        subject=f"sign-in/{attempt}",
        subject_version=1,
        data=SignInLink(minutes=LINK_MINUTES).model_dump(mode="json", exclude={"link"}),
        not_after=expires_at,
    )


@dataclass(frozen=True, slots=True)
class SignedIn:
    secret: str
    onward: str


async def choices(db: Database, link_id: str, now: datetime) -> Sequence[Reader]:
    """Whose link it is, without using it up: several where somebody has several records."""
    link = await links.alive(db, link_id, now)
    return await _still(db, link["people"]) if link else []


async def use_link(db: Database, link_id: str, chosen: str, days: int, now: datetime) -> SignedIn | None:
    """A new session, as `chosen` where the link is for several records of one person; None where the link is
    used, too old, or its person may no longer sign in.
    """
    found = await choices(db, link_id, now)
    person = next((one for one in found if one.id == chosen or len(found) == 1), None)
    link = await links.use(db, link_id, now) if person else None
    if link is None or person is None:
        return None
    return SignedIn(await begin_session(db, person, days, now), link["onward"])


async def _still(db: Database, ids: Sequence[str]) -> list[Reader]:
    """Those of them who may be signed in now."""
    known = await people.many(db, ids)
    return [known[id_] for id_ in ids if id_ in known and known[id_].status == "active"]


async def begin_session(db: Database, person: Reader, days: int, now: datetime) -> str:
    """The session's secret, for the browser."""
    secret = secrets.token_urlsafe(32)
    session: Document = {
        "_id": digest(secret),
        "person_id": person.id,
        "agency": person.agency,
        "created_at": now,
        "expires_at": now + timedelta(days=days),
    }
    await sessions.insert(db, session)
    return secret


async def find_session(db: Database, secret: str, now: datetime) -> tuple[Document, Reader] | None:
    """The session and its person, as long as they may be signed in."""
    session = await sessions.find(db, digest(secret), now)
    person = await people.person(db, session["person_id"]) if session else None
    if session is None or person is None or person.status != "active":
        return None
    return session, person


async def end_session(db: Database, secret: str) -> None:
    await sessions.remove(db, digest(secret))


async def end_all(db: Database, person_id: str) -> None:
    await sessions.remove_of(db, [person_id])
