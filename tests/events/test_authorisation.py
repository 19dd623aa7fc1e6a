"""Every route of events × everybody: what HTTP.md and FEATURES.md promise, by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.events.app import SPEC
from shared.settings import ServiceSettings
from tests import authorisation
from tests.authorisation import PEOPLE, Stage, a_stage
from tests.events.network import soon

# The meeting and the calendar are `convenor`'s, who works at bolagsverket; `member` is invited.
ROWS = authorisation.table(
    "events",
    authorisation.CALLERS,
    # nobody member convenor coordinator other steering system system-2, from left to right
    """
    GET    /events/v1/meetings                               401 ok  ok  ok  ok  ok  ok  ok
    POST   /events/v1/meetings                               401 ok  ok  ok  ok  ok  ok  ok
    GET    /events/v1/meetings/{meeting_id}                  401 ok  ok  ok  ok  ok  ok  ok
    PATCH  /events/v1/meetings/{meeting_id}                  401 403 ok  ok  403 403 ok  403
    POST   /events/v1/meetings/{meeting_id}/invitations      401 403 ok  ok  403 403 ok  403
    GET    /events/v1/meetings/{meeting_id}/calendar         401 ok  ok  ok  ok  ok  ok  ok
    GET    /events/v1/meetings/{meeting_id}/participants     401 ok  ok  ok  ok  ok  ok  ok
    GET    /events/v1/meetings/{meeting_id}/participants/{person_id} 401 ok ok ok 404 404 ok 404
    PUT    /events/v1/meetings/{meeting_id}/participants/{person_id}/answer 401 ok 403 ok 404 404 ok 404
    PUT    /events/v1/meetings/{meeting_id}/attendance/{person_id} 401 403 ok ok 403 403 ok 403
    PUT    /events/v1/meetings/{meeting_id}/attendance-code  401 403 ok  ok  403 403 ok  403
    GET    /events/v1/meetings/{meeting_id}/attendance-code  401 403 ok  ok  403 403 ok  403
    GET    /events/v1/participations                         401 ok none ok none none ok none
    POST   /events/v1/audiences/preview                      401 ok  ok  ok  ok  ok  ok  ok
    POST   /events/v1/meetings/{meeting_id}/cancellation     401 403 ok  ok  403 403 ok  403
    POST   /events/v1/calendars                              401 ok  ok  ok  ok  ok  403 403
    GET    /events/v1/calendars                              401 ok  ok  ok  ok  ok  403 403
    GET    /events/v1/calendars/{calendar}                   ok  ok  ok  ok  ok  ok  ok  ok
    GET    /events/v1/contacts                               401 ok  ok  ok  404 ok  ok  404
    DELETE /events/v1/calendars/{calendar}                   401 404 ok  404 404 404 403 403
    """,
)
MEETING = "/events/v1/meetings/{meeting_id}"
BODY = {
    "title": "Möte",
    "starts_at": soon(),
    "ends_at": soon(hours=2),
    "audience": {"roles": ["upphandlare"]},
}


def test_every_route_of_events_has_its_row_and_every_row_its_route() -> None:
    assert not authorisation.missing_and_unknown(SPEC, ROWS)


@pytest.mark.ci
async def test_everybody_gets_of_events_what_is_theirs_and_nothing_else(settings: ServiceSettings) -> None:
    async with a_stage(SPEC, settings) as stage:
        things = await one_of_each(stage)
        change: dict[str, Any] = {"json": {"place": "Sal 1"}}
        requests = {
            "POST /events/v1/meetings": {"json": BODY},
            f"PATCH {MEETING}": change,
            f"PUT {MEETING}/participants/{{person_id}}/answer": {"json": {"answer": "accepted"}},
            f"PUT {MEETING}/attendance/{{person_id}}": {
                "json": {"attended": True},
                "where": {"meeting_id": things["held"]},
            },
            "GET /events/v1/participations": {"params": {"person_id": things["person_id"]}},
            "GET /events/v1/contacts": {"params": {"agency": "bolagsverket"}},
            "GET /events/v1/calendars/{calendar}": {"where": {"calendar": things["secret"]}},
            "POST /events/v1/audiences/preview": {"json": {"roles": ["upphandlare"]}},
        }

        async def read() -> None:
            found = await stage.ask("convenor", "GET", MEETING.format(**things))
            change["headers"] = {"If-Match": found.headers["etag"]}

        found = await authorisation.surprises(
            stage.running.http, ROWS, stage.callers, things, requests, {f"PATCH {MEETING}": read}
        )
        assert not found, "\n" + "\n".join(found)


async def one_of_each(stage: Stage) -> dict[str, str]:
    meeting, held = [await a_meeting(stage) for _ in range(2)]
    calendar = (await stage.ask("convenor", "POST", "/events/v1/calendars")).json()
    things = {"meeting_id": meeting, "person_id": PEOPLE["member"].id, "calendar": calendar["id"]}
    for one in meeting, held:
        await authorisation.eventually(lambda one=one: invited(stage, one))
    began = {"$set": {"starts_at": datetime.now(UTC) - timedelta(hours=1)}}
    await stage.running.mongo.db.meetings.update_one({"_id": held}, began)
    return things | {"held": held, "secret": calendar["path"].rpartition("/")[2]}


async def a_meeting(stage: Stage) -> str:
    meeting = (await stage.ask("convenor", "POST", "/events/v1/meetings", BODY)).json()["id"]
    await stage.ask("convenor", "POST", f"/events/v1/meetings/{meeting}/invitations")
    return meeting


async def invited(stage: Stage, meeting: str) -> list[Any]:
    path = f"/events/v1/meetings/{meeting}/participants"
    found = (await stage.ask("member", "GET", path)).json()["items"]
    return [one for one in found if one["person_id"] == PEOPLE["member"].id]
