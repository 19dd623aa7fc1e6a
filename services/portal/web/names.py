"""What agencies and roles are called."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from services.portal.store import people
from services.portal.web.client import Part
from services.portal.web.speech import Speech
from shared.contracts.types import Language
from shared.formats.alphabet import sort_key
from shared.mongo import Database

_FRESH = 30.0
_KEPT, _AGAIN = 600.0, 5.0


class Names:
    """Agencies from our own copy, roles as the directory last said; codes until it has."""

    def __init__(self) -> None:
        self._agencies: dict[Language, dict[str, str]] = {"sv": {}, "en": {}}
        self._roles: dict[Language, dict[str, str]] = {"sv": {}, "en": {}}
        self._specialties: dict[Language, dict[str, str]] = {"sv": {}, "en": {}}
        self._until = self._roles_until = 0.0
        self._asking: asyncio.Task[None] | None = None

    def speech(self, language: Language) -> Speech:
        return Speech(language, self._agencies[language], self._roles[language], self._specialties[language])

    async def follow(self, db: Database) -> None:
        """Look again when it has been a while."""
        if monotonic() < self._until:
            return
        self._until = monotonic() + _FRESH
        known = await people.agencies(db)
        self._agencies = {
            "sv": {one.id: one.name for one in known},
            "en": {one.id: one.name_en for one in sorted(known, key=lambda one: sort_key(one.name_en))},
        }
        if len(known) == 0:
            self._until = 0.0

    async def know_roles(self, ask: Callable[[], Awaitable[Part]]) -> None:
        """Waited for only while none are known; later the directory is asked beside the page."""
        if monotonic() >= self._roles_until:
            # Asked again soon where the directory was down.
            self._roles_until = monotonic() + _AGAIN
            self._asking = asyncio.create_task(self._learn_roles(ask))
        if self._asking and not self._roles["sv"]:
            await asyncio.shield(self._asking)

    async def _learn_roles(self, ask: Callable[[], Awaitable[Part]]) -> None:
        answer = await ask()
        if answer.ok:
            self._roles_until = monotonic() + _KEPT
            self._specialties["en"] = {
                name: english
                for role in answer.items
                for name, english in zip(role["specialties"], role["specialties_en"], strict=True)
            }
            self._roles = {
                "sv": {role["code"]: role["sv"] for role in sorted(answer.items, key=_by("sv"))},
                "en": {role["code"]: role["en"] for role in sorted(answer.items, key=_by("en"))},
            }


def _by(language: Language) -> Callable[[dict[str, Any]], str]:
    return lambda role: sort_key(role[language])
