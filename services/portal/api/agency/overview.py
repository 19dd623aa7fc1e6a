"""How the agency's data is doing, and what waits for its coordinator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.client import Part
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit

router = APIRouter()


@router.get("/agency", summary="My agency / Min myndighet")
async def show_agency(visit: Coordinator) -> Response:
    slug = visit.me.agency
    parts = await visit.ask(
        feed=f"/directory/v1/agencies/{slug}/feed",
        unmapped=f"/directory/v1/agencies/{slug}/unmapped",
        corrections=("/directory/v1/corrections", {"state": "waiting", "limit": 100}),
        leaves=("/directory/v1/mass-leaves", {"limit": 5}),
        completeness=f"/directory/v1/agencies/{slug}/completeness",
        alone=("/directory/v1/lone-specialists", {"agency": slug, "limit": 50}),
        addresses=("/notify/v1/tasks", {"agency": slug, "limit": 100}),
    )
    feed = parts["feed"]
    values: dict[str, Any] = {
        **tasks(parts),
        "quiet_days": _days(visit, feed),
        "week": sum(one["records"] for one in feed.body["week"]) if feed.ok else 0,
    }
    return visit.page("agency.html", **values, **parts)


def tasks(parts: Mapping[str, Part]) -> dict[str, Any]:
    """What waits for the coordinator to decide."""
    unmapped = parts["unmapped"]
    return {
        "held": sum(one["held"] for one in parts["leaves"].items if one["state"] == "open"),
        "words": sum(map(len, unmapped.body.values())) if unmapped.ok else 0,
        "waiting": len(parts["corrections"].items),
        "unseen": any(parts[name].down for name in ("unmapped", "corrections", "leaves")),
    }


def _days(visit: Visit, feed: Part) -> int:
    """How long the feed has been quiet."""
    last = feed.body["last_at"] if feed.ok else None
    return (visit.now - datetime.fromisoformat(last)).days if last else 0
