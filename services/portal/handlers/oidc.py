"""Signing in at one's agency: an attempt begun here, answered there, and whom it shows (P5)."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.portal.models import Reader
from services.portal.rules.providers import Login, Provider
from services.portal.rules.signing_in import is_at, may_sign_in
from services.portal.store import logins, people
from shared.auth import digest
from shared.contracts.directory import Agency
from shared.contracts.ids import person_id
from shared.mongo import Database, Document

_LASTS = timedelta(minutes=10)


async def agency_of(db: Database, address: str) -> Agency | None:
    """By the domain of somebody's address; the longest where one lies within another."""
    own = [agency for agency in await people.agencies(db) if is_at(address, agency)]
    return max(own, key=lambda agency: len(agency.mail_domain), default=None)


async def begin(db: Database, agency: str, browser: str, onward: str, now: datetime) -> Login:
    """Bound to the browser that begins it, so that nobody is signed in by somebody else's answer."""
    login = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    kept: Document = {
        "_id": digest(login.state),
        "agency": agency,
        "browser": digest(browser),
        "nonce": login.nonce,
        "verifier": login.verifier,
        "onward": onward,
        "expires_at": now + _LASTS,
    }
    await logins.insert(db, kept)
    return login


async def take(db: Database, state: str, browser: str, now: datetime) -> tuple[Login, Document] | None:
    """The attempt that is answered; used up by this, and None for another browser's or an old one."""
    found = await logins.take(db, digest(state), digest(browser), now)
    return (Login(state, found["nonce"], found["verifier"]), found) if found else None


async def who(db: Database, slug: str, provider: Provider, claims: Mapping[str, Any]) -> Reader | None:
    """Whom an agency's provider means. Always somebody at that agency, whatever it says."""
    if provider.employee_claim:
        id_ = claims.get(provider.employee_claim)
        found = await people.person(db, person_id(slug, str(id_))) if id_ else None
        return found if found and found.agency == slug and found.status == "active" else None
    address = claims.get("email")
    verified = provider.email_is_verified or claims.get("email_verified") is True
    if not isinstance(address, str) or not verified:
        return None
    own = [one for one in await people.with_address(db, address) if one.agency == slug]
    agency = await people.agency(db, slug)
    return own[0] if len(own) == 1 and may_sign_in(own[0], agency) else None
