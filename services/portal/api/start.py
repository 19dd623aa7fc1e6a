"""What waits for me, whom I can call, and what comes next (P4)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.api.agency import overview
from services.portal.web.client import Part, Question
from services.portal.web.policies import Anybody, SignedIn
from services.portal.web.visit import Visit

router = APIRouter()
_UNANSWERED = {"invited", "offered"}
_COMING = {"accepted", "tentative", "waiting"}


@router.get("/", summary="Start / Start")
async def start(visit: SignedIn) -> Response:
    me, slug = visit.me.id, visit.me.agency
    agency: dict[str, Question] = {}
    if visit.coordinator:
        agency = {
            "unmapped": f"/directory/v1/agencies/{slug}/unmapped",
            "corrections": ("/directory/v1/corrections", {"state": "waiting", "limit": 100}),
            "leaves": ("/directory/v1/mass-leaves", {"limit": 5}),
        }
    parts = await visit.ask(
        overview=f"/directory/v1/people/{me}/overview",
        meetings=("/events/v1/participations", {"person_id": me}),
        seats=("/courses/v1/enrolments", {"person_id": me}),
        **agency,
    )
    tasks = overview.tasks(parts) if visit.coordinator else None
    return visit.page("start.html", greeting=_greeting(visit), tasks=tasks, **_waiting(visit, parts), **parts)


@router.get("/accessibility", summary="Accessibility statement / Tillgänglighetsredogörelse")
async def accessibility(visit: Anybody) -> Response:
    """What the act asks for (DOS-lagen, and the Commission's decision 2018/1523), as those who run it say."""
    settings = visit.portal.settings
    faults = settings.known_faults if visit.language == "sv" else settings.known_faults_en
    contact = settings.accessibility_contact
    return visit.page(
        "accessibility.html",
        body=settings.operator,
        is_full=settings.conformance == "full",
        faults=[line.strip() for line in (faults or settings.known_faults).splitlines() if line.strip()],
        assessed_on=settings.assessed_on,
        statement_on=settings.statement_on,
        contact=contact,
        is_link=contact.startswith("https://"),
    )


def _greeting(visit: Visit) -> str:
    name = visit.me.given_name
    hour = visit.now.astimezone(visit.speech.home).hour
    if hour < 10:
        return visit.say("Good morning, %(name)s", name=name)
    if hour < 17:
        return visit.say("Hello, %(name)s", name=name)
    return visit.say("Good evening, %(name)s", name=name)


def _waiting(visit: Visit, parts: dict[str, Part]) -> dict[str, list[dict[str, Any]]]:
    """Meetings that want an answer, and what has been said yes to or can be checked in to."""
    meetings = [one for one in parts["meetings"].items if one["meeting"]["state"] == "invited"]
    return {
        "unanswered": [
            one
            for one in meetings
            if one["state"] in _UNANSWERED and not visit.is_past(one["meeting"]["starts_at"])
        ],
        "coming": [
            one for one in meetings if one["state"] in _COMING or visit.can_check_in(one["meeting"], one)
        ],
    }
