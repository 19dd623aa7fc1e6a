"""Requests about what is held on people, which services answer one after the other."""

import asyncio
from typing import Any

from services.portal.web.visit import Visit

PATH = "/directory/v1/privacy-requests"
# Services that run answer within a second or two: so long is worth waiting for.
_LOOKS, _PAUSE = 8, 0.4


async def once_answered(visit: Visit, request_id: str) -> dict[str, Any]:
    """The request as soon as every service has answered, or as it is after a moment."""
    asked: dict[str, Any] = {}
    for _ in range(_LOOKS):
        asked = (await visit.need(f"{PATH}/{request_id}")).body
        if asked["state"] != "open":
            break
        await asyncio.sleep(_PAUSE)
    return asked
