"""The form of a meeting: filled in from one, read into what the service takes, and what is wrong with it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from fastapi import Response

from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.speech import HOME
from services.portal.web.visit import Visit

Meeting = Mapping[str, Any]
_RULE = ("roles", "agencies", "groups")
# What the service calls a field, and where on the form it is said; above it where it has no place.
_SAID_AT = {
    "title": "title",
    "starts_at": "starts",
    "ends_at": "ends",
    "opens_at": "starts",
    "closes_at": "starts",
    "place": "place",
    "video_url": "video_url",
    "capacity": "capacity",
    "audience": "roles",
}


def filled(meeting: Meeting) -> dict[str, str | list[str]]:
    """What the form says of it, on the clock here; with a last day where that is another."""
    starts, ends = (
        datetime.fromisoformat(meeting[name]).astimezone(HOME) for name in ("starts_at", "ends_at")
    )
    said: dict[str, str | list[str]] = {
        "title": meeting["title"],
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "place": meeting["place"],
        "video_url": meeting["video_url"],
        "capacity": str(meeting["capacity"] or ""),
        **{name: meeting["audience"][name] for name in _RULE},
    }
    return said if ends.date() == starts.date() else {**said, "last_day": ends.date().isoformat()}


def facts(visit: Visit, form: Form) -> dict[str, Any]:
    """All but whom it is for, as the service takes it; what is wrong is said on the form, all of it."""
    if not form.text("title"):
        form.refuse("title", visit.say("Write what the meeting is called."))
    starts = _moment(visit, form, "day", "starts")
    ends = _moment(visit, form, "last_day" if form.text("last_day") else "day", "ends")
    if starts and ends and ends <= starts:
        form.refuse("ends", visit.say("The meeting must end after it begins."))
    if starts and starts <= visit.now:
        form.refuse("day", visit.say("Choose a time in the future."))
    capacity = form.text("capacity")
    if capacity and not (capacity.isascii() and capacity.isdigit() and 0 < int(capacity[:9]) <= 100_000):
        form.refuse(
            "capacity", visit.say("Write how many people there is room for as a number, or leave it empty.")
        )
    video = form.text("video_url")
    if video and not video.startswith("https://"):
        form.refuse("video_url", visit.say("The address of a video meeting begins with https://."))
    return {
        "title": form.text("title"),
        "starts_at": starts.isoformat() if starts else "",
        "ends_at": ends.isoformat() if ends else "",
        "place": form.text("place"),
        "video_url": video,
        "capacity": int(capacity[:9]) if capacity.isascii() and capacity.isdigit() else None,
    }


def _moment(visit: Visit, form: Form, day_field: str, name: str) -> datetime | None:
    """The day and this time on it, on the wall here."""
    day, hour = visit.day(form, day_field), None
    try:
        hour = time.fromisoformat(form.text(name).replace(".", ":"))
    except ValueError:
        form.refuse(name, visit.say("Write the time as hours and minutes, such as 09:30."))
    if day is None or hour is None:
        return None
    return datetime.combine(day, hour.replace(tzinfo=None), HOME)


def audience(form: Form, meeting: Meeting | None = None) -> dict[str, list[str]]:
    """Whom it is for. Words of the kinds that the form does not ask stay as they are in `meeting`."""
    kept = meeting["audience"] if meeting else {}
    return {**kept, **{name: form.all(name) for name in _RULE}}


def require_audience(visit: Visit, form: Form, chosen: Mapping[str, list[str]]) -> None:
    if not any(chosen.values()):
        form.refuse(
            "roles", visit.say("Choose at least one role, agency or group, so that somebody is reached.")
        )


async def _reach(visit: Visit, chosen: Mapping[str, list[str]]) -> Part | None:
    """Whom it would reach; None while nothing is chosen."""
    if not any(chosen.values()):
        return None
    return await visit.send("POST", "/events/v1/audiences/preview", chosen)


def refused(visit: Visit, part: Part, form: Form) -> None:
    """Say beside each field what the service refused."""
    errors = [
        {**error, "field": _SAID_AT.get(error["field"].split(".")[0], "")}
        for error in (part.body or {}).get("errors", [])
    ]
    visit.refused(Part(part.status, {**(part.body or {}), "errors": errors}), form)


async def show(
    visit: Visit,
    form: Form,
    status: int = 200,
    *,
    meeting: Meeting | None = None,
    like: Meeting | None = None,
) -> Response:
    """For a new meeting, perhaps `like` another, or for a change of `meeting`."""
    shown = meeting or like
    values: dict[str, Any] = {"meeting": meeting, "like": like, "has_rule": False}
    # An invited meeting's list is frozen: there is nothing to choose or to count.
    if meeting is None or meeting["state"] == "draft":
        groups, preview = await asyncio.gather(
            visit.get(("/directory/v1/groups", {"member": visit.me.id, "limit": 100})),
            _reach(visit, audience(form, shown)),
        )
        own = [group["id"] for group in groups.items]
        others = [one for one in shown["audience"]["groups"] if one not in own] if shown else []
        values |= {"has_rule": True, "groups": groups, "others_groups": others, "preview": preview}
    return visit.page("meeting_form.html", status, form=form, **values)


async def preview(visit: Visit, *, meeting: Meeting | None = None, like: Meeting | None = None) -> Response:
    """Whom it would reach: the piece of the page alone where htmx asks for it."""
    if not visit.is_piece:
        return await show(visit, visit.form, meeting=meeting, like=like)
    found = await _reach(visit, audience(visit.form, meeting or like))
    return visit.page("meeting_reach.html", preview=found)
