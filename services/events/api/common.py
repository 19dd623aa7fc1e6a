"""What the routes have in common."""

from datetime import datetime

from fastapi import Request, Response

from services.events.handlers.desk import Cause, Outcome, Step
from services.events.handlers.settling import meetings_of
from shared.moments import now_ms
from shared.mongo import Database
from shared.observing import trace

PREFIX = "/events/v1"
CALENDAR = {200: {"content": {"text/calendar": {}}, "description": "iCalendar (RFC 5545)"}}


def now(request: Request) -> datetime:
    return now_ms(request.app.state.clock())


def cause(request: Request) -> Cause:
    return Cause(now(request), trace.current())


def database(request: Request) -> Database:
    return request.app.state.mongo.db


async def book(request: Request, meeting_id: str, step: Step) -> Outcome:
    """Answered when it is committed, together with what others ask of the same meeting at the same time."""
    return await meetings_of(request.app.state).book(meeting_id, step)


def calendar_answer(body: bytes, **headers: str) -> Response:
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)
