"""E-mail addresses as names: the one form in which they are compared, and whose domain they are in.

What is mailed is what somebody wrote; what is looked up, counted and decided by is this.
"""

from collections.abc import Mapping

import idna


def canonical(address: str) -> str:
    """Without case, width and invisible characters (UTS 46), the domain as ASCII (IDNA 2008). Two addresses
    are the same mailbox to the network where this is the same.
    """
    local = address.strip().rpartition("@")[0]
    return f"{_mapped(local)}@{domain_of(address)}"


def domain_of(address: str) -> str:
    """Of an address, or of a domain alone, in the same form."""
    domain = address.strip().rpartition("@")[2].rstrip(".")
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        # No domain that mail could go to; it still has to be compared.
        return _mapped(domain)


def is_in(address: str, domain: str) -> bool:
    """Whether the address is in the domain or in one under it."""
    own = domain_of(domain)
    there = domain_of(address)
    return bool(own) and (there == own or there.endswith("." + own))


def owner(address: str, domains: Mapping[str, str]) -> str | None:
    """Of agencies and their domains, whose the address is: the nearest where one lies within another."""
    own = [slug for slug, domain in domains.items() if is_in(address, domain)]
    return max(own, key=lambda slug: len(domain_of(domains[slug])), default=None)


def _mapped(text: str) -> str:
    try:
        return idna.uts46_remap(text, std3_rules=False, transitional=False)
    except idna.IDNAError:
        return text.casefold()
