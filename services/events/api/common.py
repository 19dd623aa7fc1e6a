"""What the routes have in common."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from services.events.handlers.desk import Cause, Outcome, Step
from services.events.handlers.settling import meetings_of
from shared.observing import trace
from shared.web.needs import Now

PREFIX = "/events/v1"
CALENDAR = {200: {"content": {"text/calendar": {}}, "description": "iCalendar (RFC 5545)"}}


async def _because(now: Now) -> Cause:
    return Cause(now, trace.current())


async def _booking(request: Request) -> Callable[[str, Step], Awaitable[Outcome]]:
    return meetings_of(request.app.state).book


Because = Annotated[Cause, Depends(_because)]
# Answered when it is committed, together with what others ask of the same meeting at the same time.
Book = Annotated[Callable[[str, Step], Awaitable[Outcome]], Depends(_booking)]


def calendar_answer(body: bytes, **headers: str) -> Response:
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)
