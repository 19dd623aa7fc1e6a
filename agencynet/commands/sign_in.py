"""As whom one can sign in to the portal that runs here: one of each for whom it looks different."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from agencynet.system import System

_HOME = "bolagsverket"


@dataclass(frozen=True, slots=True)
class Guest:
    role: str
    name: str
    agency: str
    address: str
    link: str
    """Good once, within 15 minutes."""


async def guests(system: System) -> list[Guest]:
    """None where the story has not been played."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    settings, portal = operations.settings(system.local), operations.portal_url(system.local)
    token = system.local.tokens().get(_HOME, "")
    found: list[Guest] = []
    async with httpx2.AsyncClient(
        base_url=system.urls["directory"], headers={"Authorization": f"Bearer {token}"}
    ) as http:
        async for role, person, agency in _people(http):
            try:
                link, name = await operations.create_login_link(settings, portal, person["email"] or "")
            except CannotStart:
                continue
            found.append(Guest(role, name, agency, person["email"], link))
    return found


async def _people(http: httpx2.AsyncClient) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    agencies = {one["slug"]: one for one in await _items(http, "agencies", limit=100)}
    trusted = {id_ for one in agencies.values() for id_ in (*one["coordinators"], *one["steering"])}
    lone = await _items(http, "lone-specialists", agency=_HOME, role="upphandlare", limit=1)
    alone = {one["person"]["id"] for one in lone}
    for one in await _items(http, "people", role="upphandlare", agency="csn", limit=10):
        if one["id"] not in trusted | alone:
            yield "A member", one, agencies[one["agency"]]["name"]
            break
    for one in lone:
        yield "The only one in a role at the agency", one["person"], agencies[_HOME]["name"]
    for role, trust in (("A coordinator", "coordinators"), ("Of the steering committee", "steering")):
        # Where the lone one works, if it has any.
        for slug in sorted(agencies, key=lambda slug: slug != _HOME):
            if agencies[slug][trust]:
                answer = await http.get(f"/directory/v1/people/{agencies[slug][trust][0]}")
                if answer.status_code == 200:
                    yield role, answer.json(), agencies[slug]["name"]
                break


async def _items(http: httpx2.AsyncClient, what: str, **wanted: Any) -> list[dict[str, Any]]:
    answer = await http.get(f"/directory/v1/{what}", params=wanted)
    return answer.json()["items"] if answer.status_code == 200 else []
