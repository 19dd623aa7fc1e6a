"""Links from mails that act without signing in: whoever holds the secret may do that one thing."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

from services.portal.web.visit import Visit, require

GONE = {404, 410}


async def opened(visit: Visit, path: str, *, onward: str, method: str = "GET") -> dict[str, Any] | Response:
    """What the secret in `path` opens, or the page that says that it opens nothing and offers a new link: one
    that signs in and goes `onward`.

    Raises:
        HTTPException: its service is down.

    """
    part = await visit.portal.services.call(method, path, {"Accept-Language": visit.language})
    if part.status in GONE:
        return visit.page("link_old.html", part.status, onward=quote(onward), expired=part.status == 410)
    found = require(part).body
    if language := found.get("language"):
        visit.suggest(language)
    return found
