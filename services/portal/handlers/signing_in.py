"""Signing in: links by mail, sessions, and the tokens that the other services are shown."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import uuid_utils

from services.portal.models import Reader
from services.portal.rules.signing_in import LINK_MINUTES, may_sign_in, tries_allowed, window_of
from services.portal.store import links, people, sessions
from shared import outbox
from shared.auth import digest
from shared.contracts.notify import Request, SignInLink
from shared.errors import Refused
from shared.mongo import Database, Document, Mongo, Transaction


class TooManyTries(Refused):
    """From this address or this client."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks for a link: what they typed, from where, and where they were going."""

    address: str
    client: str
    onward: str


async def ask_for_link(mongo: Mongo, asked: Asked, url: str, now: datetime) -> None:
    """A link goes to whoever has this address. The same is done and written whether anybody has.

    Raises:
        TooManyTries: counted alike for addresses that nobody has.

    """
    await _count(mongo.db, asked, now)
    person = await _who(mongo.db, asked.address)
    secret = secrets.token_urlsafe(32)
    link = _link(secret, person, asked.onward, now)

    async def work(tx: Transaction) -> None:
        await links.insert(tx, link)
        if person:
            outbox.request(tx, _request(link, f"{url}/sign-in/{secret}", person))

    await mongo.transact(work)


async def link_for(mongo: Mongo, address: str, url: str, now: datetime) -> tuple[str, Reader] | None:
    """A link for the operator to hand over, and whose; None where nobody with the address may sign in."""
    person = await _who(mongo.db, address)
    if person is None:
        return None
    secret = secrets.token_urlsafe(32)

    async def work(tx: Transaction) -> None:
        await links.insert(tx, _link(secret, person, "/", now))

    await mongo.transact(work)
    return f"{url}/sign-in/{secret}", person


async def _count(db: Database, asked: Asked, now: datetime) -> None:
    window, ends = window_of(now)
    for kind, what in (("address", asked.address.casefold()), ("client", asked.client)):
        name = hashlib.sha256(f"{kind}|{what}|{window}".encode()).hexdigest()
        if await links.count_try(db, name, ends) > tries_allowed(kind):
            raise TooManyTries("Too many attempts.")


async def _who(db: Database, address: str) -> Reader | None:
    """Nobody where several have the address: it would be a guess."""
    found = await people.with_address(db, address)
    if len(found) != 1:
        return None
    return found[0] if may_sign_in(found[0], await people.agency(db, found[0].agency)) else None


def _link(secret: str, person: Reader | None, onward: str, now: datetime) -> Document:
    return {
        "_id": digest(secret),
        "about": str(uuid_utils.uuid7()),
        "person_id": person.id if person else None,
        "onward": onward,
        "created_at": now,
        "expires_at": now + timedelta(minutes=LINK_MINUTES),
        "used_at": None,
    }


def _request(link: Document, address: str, person: Reader) -> Request:
    return Request(
        person_id=person.id,
        kind="portal.sign_in",
        subject=f"sign-in/{link['about']}",
        subject_version=1,
        data=SignInLink(link=address, minutes=LINK_MINUTES).model_dump(mode="json"),
        not_after=link["expires_at"],
    )


@dataclass(frozen=True, slots=True)
class SignedIn:
    secret: str
    onward: str


async def use_link(db: Database, secret: str, days: int, now: datetime) -> SignedIn | None:
    """A new session; None where the link is used, too old, or its person may no longer sign in."""
    link = await links.use(db, digest(secret), now)
    person = await people.person(db, link["person_id"]) if link and link["person_id"] else None
    if link is None or person is None or not may_sign_in(person, await people.agency(db, person.agency)):
        return None
    return SignedIn(await begin_session(db, person, days, now), link["onward"])


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
