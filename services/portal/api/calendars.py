"""My meetings in my own calendar: an address that only I know, which is followed by it (E16)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.policies import Bearer, SignedIn
from services.portal.web.visit import Visit, require
from shared.web.fields import Id, Secret

router = APIRouter()
_PATH = "/events/v1/calendars"


@router.get("/me/calendar", summary="My calendar / Min kalender")
async def show_calendars(visit: SignedIn) -> Response:
    return await _show(visit)


@router.post("/me/calendar", summary="A new address / En ny adress")
async def renew(visit: SignedIn) -> Response:
    """Shown once, on the page that answers: it is kept nowhere. Those before it stop working."""
    before = await visit.need(_PATH)
    if before.items and not visit.is_sure:
        return visit.ask_first(
            visit.say("Replace the address?"),
            visit.say("Yes, replace the address"),
            "/me/calendar",
            visit.say("Calendars that follow the old one lose your meetings until they have the new one."),
        )
    part = await visit.send("POST", _PATH)
    if not part.ok:
        # As many as there may be, made by other programs: the oldest gives way.
        await visit.send("DELETE", f"{_PATH}/{before.items[0]['id']}")
        part = require(await visit.send("POST", _PATH))
    await _revoke(visit, before.items)
    secret = part.body["path"].rpartition("/")[2]
    return await _show(visit, f"{visit.portal.settings.url}/calendars/{secret}/meetings.ics")


@router.post("/me/calendar/removal", summary="Take it away / Ta bort den")
async def remove(visit: SignedIn) -> Response:
    if not visit.is_sure:
        return visit.ask_first(
            visit.say("Remove the address?"),
            visit.say("Yes, remove the address"),
            "/me/calendar",
            visit.say("Calendars that follow it lose your meetings."),
        )
    await _revoke(visit, (await visit.need(_PATH)).items)
    return visit.go("/me/calendar", "calendar_removed")


@router.get("/calendars/{secret}/meetings.ics", summary="Somebody's meetings / Någons möten")
async def feed(visit: Bearer, secret: Secret) -> Response:
    """For a calendar program, which has nothing but the address."""
    return await visit.file(f"{_PATH}/{secret}", "text/calendar", "meetings.ics")


async def _revoke(visit: Visit, calendars: list[dict[str, Any]]) -> None:
    """Revoked meanwhile is as good."""

    async def one(id_: Id) -> None:
        try:
            await visit.send("DELETE", f"{_PATH}/{id_}")
        except HTTPException as error:
            if error.status_code != 404:
                raise

    await asyncio.gather(*(one(calendar["id"]) for calendar in calendars))


async def _show(visit: Visit, address: str = "") -> Response:
    return visit.page("me_calendar.html", calendars=await visit.get(_PATH), address=address)
