"""What an agency is trusted with, and its tokens: who may hand out what, and how long several live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.formats.addresses import domain_of, is_in

NETWORK_ADMIN = "network:admin"
ALIVE_PER_NAME = 2
ALIVE_PER_AGENCY = 50

# Mailboxes that anybody can have: an address there says nothing of where somebody works.
_ANYBODYS = frozenset(
    """
    aol.com bahnhof.se bredband.net comhem.se fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com
    home.se hotmail.com hotmail.se hushmail.com icloud.com inbox.com live.com live.se mac.com mail.com mail.ru
    me.com msn.com onmicrosoft.com outlook.com outlook.se passagen.se pm.me posteo.de proton.me protonmail.ch
    protonmail.com qq.com rocketmail.com spray.se swipnet.se tele2.se telia.com tuta.com tuta.io tutanota.com
    web.de yahoo.com yahoo.se yandex.com yandex.ru ymail.com zoho.com zohomail.com 163.com 126.com
    """.split()  # noqa: SIM905 - a list of strings would be five times as long
)
# Where others have domains of their own.
_EVERYBODYS = frozenset(
    {"com.se", "org.se", "pp.se", "tm.se", "fh.se", "co.uk", "gov.uk", "com.au", "eu.com"}
)

Token = Mapping[str, Any]
Trust = Literal["coordinators", "steering"]
# What an agency's people are trusted with: its own affairs, and its voice in the steering committee.
TRUSTS: tuple[Trust, ...] = ("coordinators", "steering")


@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency before and after; `told` says whether those concerned are to hear of it."""

    before: dict[str, Any]
    after: dict[str, Any]
    told: bool


def beyond(asked: Iterable[str], held: frozenset[str], *, coordinator: bool) -> list[str]:
    """The scopes asked for that this caller may not pass on: a system passes on what it has, a coordinator
    all but the network's administration, and the network's administrator everything.
    """
    if NETWORK_ADMIN in held:
        return []
    return [scope for scope in asked if (scope == NETWORK_ADMIN if coordinator else scope not in held)]


def wrong_domain(domain: str, others: Mapping[str, str]) -> str | None:
    """Why it can't be an agency's mail domain; `others` are the other agencies' by slug. People sign in by
    the domain, so none lies within another agency's.
    """
    if domain_of(domain) in _EVERYBODYS or any(is_in(domain, provider) for provider in _ANYBODYS):
        return "anybody can have an address there"
    if any(is_in(domain, other) or is_in(other, domain) for other in others.values()):
        return "is another agency's, or lies within it or around it"
    return None


def with_token(tokens: Sequence[Token], new: Token, now: datetime) -> list[Token]:
    """Two of a name live side by side, for rotation; the third retires the oldest. Expired ones go."""
    alive = [token for token in tokens if token["expires_at"] > now]
    same = sorted((t for t in alive if t["name"] == new["name"]), key=lambda token: token["created_at"])
    retired = {token["id"] for token in same[: max(0, len(same) - ALIVE_PER_NAME + 1)]}
    return [*(token for token in alive if token["id"] not in retired), new]
