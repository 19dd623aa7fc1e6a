"""Which e-mail addresses the network takes and mails to: one rule at every door and at the exit.

`email-validator` decides (RFC 5321, IDNA 2008), without asking the network. Plain SMTP carries no letters
outside ASCII before the @, so they are refused. IDNA 2003 would turn `straße` into somebody else's domain.
"""

import re
from functools import lru_cache
from typing import Literal

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
# What the library takes as it is, so that a feed of thousands needs it once a domain.
_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LONGEST_LOCAL = 64
Kind = Literal["mail_no_address", "mail_letters", "mail_local_part", "mail_domain"]


class NoMailGoesThere(ValueError):  # noqa: N818
    """The message says what is wrong, and repeats nothing of the address; `kind` says it to a program."""

    def __init__(self, said: str, kind: Kind) -> None:
        super().__init__(said)
        self.kind: Kind = kind


def normalized(address: str) -> str:
    """As typed, but that a domain which is not plain ASCII has its one form.

    Raises:
        NoMailGoesThere: no mail can be sent to it.

    """
    local, _, domain = _parts(address)
    form = _domain(domain)[0]
    return address if domain.isascii() else f"{local}@{form}"


def envelope_form(address: str) -> str:
    """As SMTP carries it: the domain as ASCII. Raises as `normalized` does."""
    local, _, domain = _parts(address)
    return f"{local}@{_domain(domain)[1]}"


def _parts(address: str) -> tuple[str, str, str]:
    local, at, domain = address.rpartition("@")
    if not at or not local or len(address) > LONGEST:
        raise NoMailGoesThere("is no e-mail address", "mail_no_address")
    if not local.isascii():
        raise NoMailGoesThere("has characters before the @ that mail servers do not take", "mail_letters")
    if len(local) > _LONGEST_LOCAL or not (_PLAIN.fullmatch(local) or _is_valid(f"{local}@agency.example")):
        raise NoMailGoesThere("is no e-mail address before the @", "mail_local_part")
    return local, at, domain


@lru_cache(maxsize=4_096)
def _domain(domain: str) -> tuple[str, str]:
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        raise NoMailGoesThere("has a domain that mail can't be sent to", "mail_domain") from None
    return found.domain, found.ascii_domain


def _is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True
