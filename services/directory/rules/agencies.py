"""Agencies' tokens: who may hand out what, and how long several live side by side."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

NETWORK_ADMIN = "network:admin"
ALIVE_PER_NAME = 2
ALIVE_PER_AGENCY = 50

Token = Mapping[str, Any]


def beyond(asked: Iterable[str], held: frozenset[str], *, coordinator: bool) -> list[str]:
    """The scopes asked for that this caller may not pass on: a system passes on what it has, a coordinator
    all but the network's administration, and the network's administrator everything.
    """
    if NETWORK_ADMIN in held:
        return []
    return [scope for scope in asked if (scope == NETWORK_ADMIN if coordinator else scope not in held)]


def with_token(tokens: Sequence[Token], new: Token, now: datetime) -> list[Token]:
    """Two of a name live side by side, for rotation; the third retires the oldest. Expired ones go."""
    alive = [token for token in tokens if token["expires_at"] > now]
    same = sorted((t for t in alive if t["name"] == new["name"]), key=lambda token: token["created_at"])
    retired = {token["id"] for token in same[: max(0, len(same) - ALIVE_PER_NAME + 1)]}
    return [*(token for token in alive if token["id"] not in retired), new]
