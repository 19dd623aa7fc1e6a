"""The whole network for its steering committee: pictures, each with its table (P7, P8)."""

import asyncio
from collections import Counter
from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.policies import Steering
from services.portal.web.visit import Visit

router = APIRouter()
_PAGES = 5


@router.get("/network", summary="The network / Nätverket")
async def show_network(visit: Steering) -> Response:
    slugs = list(visit.speech.agencies)
    people, alone, parts = await asyncio.gather(
        visit.send("POST", "/events/v1/audiences/preview", {"agencies": slugs}),
        _all(visit, "/directory/v1/lone-specialists"),
        visit.ask(
            meetings=("/events/v1/meetings", {"starts_from": visit.now.isoformat(), "limit": 100}),
            occasions=("/courses/v1/occasions", {"coming": "true", "limit": 100}),
            savings="/courses/v1/savings",
        ),
    )
    values = {
        "people": people,
        "staff": _staff(people),
        "alone": alone,
        "by_agency": _counted(slugs, alone, "agency"),
        "by_role": _roles(alone),
        "planned": [one for one in parts["meetings"].items if one["state"] == "invited"],
    }
    return visit.page("network.html", **values, **parts)


async def _all(visit: Visit, path: str) -> Part:
    """The first five hundred, asked for at once."""
    pages = await asyncio.gather(
        *(visit.get((path, {"limit": 100, "page": number})) for number in range(1, _PAGES + 1))
    )
    if not pages[0].ok:
        return pages[0]
    return Part(200, {"items": [item for page in pages for item in page.items], "next": None})


def _staff(people: Part) -> list[tuple[str, int]]:
    found = [(one["agency"], one["count"]) for one in people.body["agencies"]] if people.ok else []
    return sorted(found, key=lambda one: -one[1])


def _counted(slugs: list[str], alone: Part, name: str) -> list[tuple[str, int]]:
    counts = Counter(one[name] for one in alone.items)
    return sorted(((slug, counts[slug]) for slug in slugs), key=lambda one: -one[1])


def _roles(alone: Part) -> list[tuple[str, int]]:
    counts: Counter[Any] = Counter(one["role"]["name"] for one in alone.items)
    return counts.most_common(12)
