"""Who may sign in by mail, how often one may ask, and where one may be sent on."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from services.portal.models import Reader
from shared.contracts.directory import Agency
from shared.formats.addresses import is_in, owner

LINK_MINUTES = 15
# A person mistypes a few times; an office behind one address has several people.
_ALLOWED = {"address": 5, "client": 30}
_LOCAL = re.compile(r"^/(?![/\\])[^\s\\\x00-\x1f]{0,500}$")


def may_sign_in(person: Reader, agency: Agency | None) -> bool:
    """By an address at their own agency only: a private mailbox proves nothing, and another agency that
    claims somebody's address locks nobody out. `agency` is whose the address is.
    """
    address = person.email or person.reach_at
    if agency is None or person.status != "active" or not address:
        return False
    return person.agency == agency.id and is_in(address, agency.mail_domain)


def owner_of(address: str, agencies: Iterable[Agency]) -> Agency | None:
    """The agency in whose domain an address is."""
    known = {agency.id: agency for agency in agencies}
    slug = owner(address, {agency.id: agency.mail_domain for agency in known.values()})
    return known[slug] if slug else None


def are_one(people: Sequence[Reader]) -> bool:
    """Whether these, with one address, are one person with several records: rehired under a new id, or
    employed twice. People of different names share a mailbox, and any of them may read it.
    """
    return len({" ".join(person.display_name.casefold().split()) for person in people}) == 1


def network_of(client: str) -> str:
    """Whom tries are counted for: an IPv4 address, or the /64 that one customer of IPv6 has."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def tries_allowed(kind: str) -> int:
    return _ALLOWED[kind]


def window_of(now: datetime) -> tuple[str, datetime]:
    """The quarter of an hour that tries are counted in, and when it ends."""
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return start.isoformat(), start + timedelta(minutes=15)


def onward(path: str) -> str:
    """Where to go after signing in: a page of ours, never another site."""
    return path if _LOCAL.match(path) and not path.startswith("/sign-") else "/"
