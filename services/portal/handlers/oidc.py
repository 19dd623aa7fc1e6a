"""Signing in at one's agency: an attempt begun here, answered there, and whom it shows (P5)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.portal.handlers.signing_in import agency_of, at_agency
from services.portal.models import Reader
from services.portal.rules.providers import Login, Provider
from services.portal.store import logins, people
from shared.auth import digest
from shared.contracts.ids import possible_ids
from shared.mongo import Database, Document

log = structlog.get_logger()
_LASTS = timedelta(minutes=10)


async def begin(db: Database, agency: str, browser: str, onward: str, now: datetime) -> Login:
    """Bound to the browser that begins it, so that nobody is signed in by somebody else's answer."""
    login = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), agency)
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


async def take(
    db: Database, state: str, browser: str, agency: str, now: datetime
) -> tuple[Login, str] | None:
    """The attempt that is answered, and where its browser was going; used up by this. None for another
    browser's, for an old one, and for one that was begun at another agency: its provider must not answer for
    this one's, nor get this one's code (RFC 9700 4.4).
    """
    found = await logins.take(db, digest(state), digest(browser), now)
    if found is None:
        return None
    if found["agency"] != agency:
        log.warning("login.mixed_up", begun_at=found["agency"], answered_at=agency)
        return None
    return Login(state, found["nonce"], found["verifier"], agency), found["onward"]


async def who(db: Database, slug: str, provider: Provider, claims: Mapping[str, Any]) -> Sequence[Reader]:
    """Whom an agency's provider means: always somebody at that agency, whatever it says. Several are records
    of one person.
    """
    if provider.employee_claim:
        id_ = claims.get(provider.employee_claim)
        found = await people.many(db, possible_ids(slug, str(id_))) if id_ else {}
        return [one for one in found.values() if one.agency == slug and one.status == "active"][:1]
    address = claims.get("email")
    verified = provider.email_is_verified or claims.get("email_verified") is True
    if not isinstance(address, str) or not verified:
        return []
    agency = await agency_of(db, address)
    return await at_agency(db, address, agency) if agency and agency.id == slug else []
