"""Every route of courses × everybody: what HTTP.md and FEATURES.md promise, by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.courses.app import SPEC
from shared.settings import ServiceSettings
from tests import authorisation
from tests.authorisation import PEOPLE, a_stage
from tests.courses.conftest import in_days

# Bolagsverket holds the course; `convenor` works there and has a seat.
ROWS = authorisation.table(
    "courses",
    authorisation.CALLERS,
    # nobody member convenor coordinator other steering system system-2, from left to right
    """
    GET    /courses/v1/courses                               401 ok  ok  ok  ok  ok  ok  ok
    POST   /courses/v1/courses                               401 403 403 ok  ok  403 ok  ok
    GET    /courses/v1/courses/{course_id}                   401 ok  ok  ok  ok  ok  ok  ok
    PATCH  /courses/v1/courses/{course_id}                   401 403 403 ok  403 403 ok  403
    PUT    /courses/v1/courses/{course_id}/baselines/{agency} 401 403 403 ok 404 403 ok  404
    GET    /courses/v1/courses/{course_id}/baselines/{agency} 401 ok ok  ok  404 404 ok  404
    GET    /courses/v1/occasions                             401 ok  ok  ok  ok  ok  ok  ok
    POST   /courses/v1/occasions                             401 403 403 ok  ok  403 ok  ok
    GET    /courses/v1/occasions/{occasion_id}               401 ok  ok  ok  ok  ok  ok  ok
    PATCH  /courses/v1/occasions/{occasion_id}               401 403 403 ok  403 403 ok  403
    POST   /courses/v1/occasions/{occasion_id}/enrolments    401 403 ok  ok  404 403 ok  404
    GET    /courses/v1/occasions/{occasion_id}/enrolments    401 none ok ok  none none ok none
    GET    /courses/v1/enrolments                            401 none ok ok  none none ok none
    GET    /courses/v1/enrolments/{occasion_id}/{person_id}  401 404 ok  ok  404 404 ok  404
    GET    /courses/v1/occasions/{occasion_id}/eligibility/{person_id} 401 404 ok ok 404 404 ok 404
    GET    /courses/v1/courses/{course_id}/eligibility/{person_id} 401 404 ok ok 404 404 ok 404
    GET    /courses/v1/occasions/{occasion_id}/cost-shares   401 ok  ok  ok  ok  ok  ok  ok
    DELETE /courses/v1/enrolments/{occasion_id}/{person_id}  401 403 ok  ok  404 403 ok  404
    GET    /courses/v1/settlements                           401 ok  ok  ok  ok  ok  ok  ok
    GET    /courses/v1/savings                               401 ok  ok  ok  404 404 ok  404
    GET    /courses/v1/network-figures                       401 403 403 403 403 ok  403 403
    POST   /courses/v1/occasions/{occasion_id}/cancellation  401 403 403 ok  403 403 ok  403
    GET    /courses/v1/audit-entries                         401 403 403 ok  404 404 403 404
    POST   /courses/v1/occasions/{occasion_id}/settlement    401 403 403 ok  403 403 ok  403
    """,
)
V1 = "/courses/v1"
COURSE, OCCASION = f"{V1}/courses/{{course_id}}", f"{V1}/occasions/{{occasion_id}}"
A_COURSE = {"title": "Att jobba i staten", "title_en": "Working in central government"}


def test_every_route_of_courses_has_its_row_and_every_row_its_route() -> None:
    assert not authorisation.missing_and_unknown(SPEC, ROWS)


@pytest.mark.ci
async def test_everybody_gets_of_courses_what_is_theirs_and_nothing_else(settings: ServiceSettings) -> None:
    async with a_stage(SPEC, settings) as stage:
        person = PEOPLE["convenor"].id
        course = (await stage.ask("system", "POST", f"{V1}/courses", A_COURSE)).json()["id"]
        new = an_occasion(course)
        occasion = (await stage.ask("system", "POST", f"{V1}/occasions", new)).json()["id"]
        await stage.ask("convenor", "POST", f"{V1}/occasions/{occasion}/enrolments", {"person_id": person})
        things = {"course_id": course, "occasion_id": occasion, "person_id": person, "agency": "bolagsverket"}
        requests: dict[str, Any] = {
            f"POST {V1}/courses": {"json": A_COURSE},
            f"PATCH {COURSE}": {"json": {"title": "Att jobba i staten"}, "headers": {"If-Match": "*"}},
            f"PUT {COURSE}/baselines/{{agency}}": {"json": {"low_ore": 4_000, "high_ore": 6_000}},
            f"POST {V1}/occasions": {"json": new},
            f"PATCH {OCCASION}": {"json": {"place": "Karlstad"}, "headers": {"If-Match": "*"}},
            f"POST {OCCASION}/enrolments": {"json": {"person_id": person}},
            f"GET {V1}/enrolments": {"params": {"person_id": person}},
            f"GET {V1}/audit-entries": {"params": {"agency": "bolagsverket"}},
            f"GET {V1}/savings": {"params": {"agency": "bolagsverket"}},
        }
        held = (await stage.ask("system", "POST", f"{V1}/occasions", new)).json()["id"]
        requests[f"POST {OCCASION}/settlement"] = {"where": {"occasion_id": held}}

        async def it_is_over() -> None:
            stage.running.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(days=40)

        before = {f"POST {OCCASION}/settlement": it_is_over}
        found = await authorisation.surprises(
            stage.running.http, ROWS, stage.callers, things, requests, before
        )
        assert not found, "\n" + "\n".join(found)


def an_occasion(course: str) -> dict[str, Any]:
    return {
        "course_id": course,
        "days": [str(in_days(30))],
        "seats": 9,
        "place": "Sundsvall",
        "cost_ore": 900,
    }
