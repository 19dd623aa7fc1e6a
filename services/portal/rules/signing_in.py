"""Who may sign in by mail, how often one may ask, and where one may be sent on."""

import re
from datetime import datetime, timedelta

from services.portal.models import Reader
from shared.contracts.directory import Agency

LINK_MINUTES = 15
# A person mistypes a few times; an office behind one address has several people.
_ALLOWED = {"address": 5, "client": 30}
_LOCAL = re.compile(r"^/(?![/\\])[^\s\\\x00-\x1f]{0,500}$")


def may_sign_in(person: Reader, agency: Agency | None) -> bool:
    """By an address at their own agency only: a private mailbox proves nothing."""
    if agency is None or person.status != "active" or not person.email:
        return False
    return is_at(person.email, agency)


def is_at(address: str, agency: Agency) -> bool:
    """Whether the address is in the agency's domain or in one under it."""
    domain, own = address.rpartition("@")[2].casefold(), agency.mail_domain.casefold()
    return domain == own or domain.endswith("." + own)


def tries_allowed(kind: str) -> int:
    return _ALLOWED[kind]


def window_of(now: datetime) -> tuple[str, datetime]:
    """The quarter of an hour that tries are counted in, and when it ends."""
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return start.isoformat(), start + timedelta(minutes=15)


def onward(path: str) -> str:
    """Where to go after signing in: a page of ours, never another site."""
    return path if _LOCAL.match(path) and not path.startswith("/sign-") else "/"
