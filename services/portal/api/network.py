"""The whole network for its steering committee: pictures, each with its table and as a file (P8)."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.client import Part
from services.portal.web.pictures import circle, columns
from services.portal.web.policies import Steering
from services.portal.web.tables import Cell, Table, as_csv, shown
from services.portal.web.visit import Visit
from shared.contracts.types import Slug

router = APIRouter()


@router.get("/network", summary="The network / Nätverket")
async def show_network(visit: Steering) -> Response:
    parts = await _ask(visit)
    tables = {table.name: table for table in _tables(visit, parts)}
    contacts = parts["contacts"].body if parts["contacts"].ok else None
    values: dict[str, Any] = {
        "tables": tables,
        "planned": [one for one in parts["meetings"].items if one["state"] == "invited"],
        "held": contacts and sum(month["meetings"] for month in contacts["months"]),
        "circle": circle(sorted(visit.speech.agencies.values()), tables["contacts"]) if contacts else None,
        "columns": columns(tables["months"], _labels(visit, contacts)) if contacts else None,
        "cell": lambda cell: shown(cell, visit.speech, _few(visit)),
    }
    return visit.page("network.html", **values, **parts)


@router.get("/network/{table_name}.csv", summary="A table for a spreadsheet / En tabell till kalkylark")
async def show_table(visit: Steering, table_name: Slug) -> Response:
    parts = await _ask(visit)
    table = next((table for table in _tables(visit, parts) if table.name == table_name), None)
    if table is None:
        raise HTTPException(503 if any(part.down for part in parts.values()) else 404)
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.csv"', "Cache-Control": "no-store"}
    return Response(as_csv(table, _few(visit)), media_type="text/csv; charset=utf-8", headers=headers)


async def _ask(visit: Visit) -> dict[str, Part]:
    return await visit.ask(
        figures="/directory/v1/network-figures",
        contacts="/events/v1/contacts",
        meetings=("/events/v1/meetings", {"starts_from": visit.now.isoformat(), "limit": 100}),
        courses="/courses/v1/network-figures",
    )


def _tables(visit: Visit, parts: dict[str, Part]) -> list[Table]:
    """Of those services that answer."""
    found: list[Table] = []
    if parts["figures"].ok:
        found += _people(visit, parts["figures"].body)
    if parts["contacts"].ok:
        found += _meetings(visit, parts["contacts"].body)
    if parts["courses"].ok:
        found += _courses(visit, parts["courses"].body)
    return found


def _people(visit: Visit, body: dict[str, Any]) -> list[Table]:
    say, w = visit.say, visit.speech
    rows = body["agencies"]
    with_contact: list[tuple[str, Cell]] = [(say("With contact"), body["connected"])]
    connected = body["connected"]
    with_contact.append((say("Without contact"), None if connected is None else body["alone"] - connected))
    return [
        Table(
            "people",
            say("People at each agency"),
            [say("Agency"), say("People")],
            [(w.agency(one["agency"]), one["people"]) for one in rows],
        ),
        Table(
            "alone",
            say("Alone in their role, by agency"),
            [say("Agency"), say("Alone")],
            _ranked([(w.agency(one["agency"]), one["alone"]) for one in rows]),
        ),
        Table(
            "roles",
            say("The roles where most are alone"),
            [say("Role"), say("Alone")],
            [(w.role(one["role"]), one["alone"]) for one in body["roles"][:12]],
        ),
        Table(
            "connected",
            say("Alone in their role, with contact and without"),
            [say("Contact"), say("People")],
            with_contact,
        ),
    ]


def _meetings(visit: Visit, body: dict[str, Any]) -> list[Table]:
    say, w = visit.say, visit.speech
    return [
        Table(
            "contacts",
            say("Who meets whom"),
            [say("Agency"), say("And"), say("Meetings"), say("People")],
            [
                (w.agency(one["agency"]), w.agency(one["other"]), one["meetings"], one["people"])
                for one in body["items"]
            ],
        ),
        Table(
            "months",
            say("Meetings month by month"),
            [say("Month"), say("Meetings held"), say("People who came"), say("Met for the first time")],
            [
                (w.month_and_year(one["month"]), one["meetings"], one["people"], one["first_met"])
                for one in body["months"]
            ],
        ),
    ]


def _courses(visit: Visit, body: dict[str, Any]) -> list[Table]:
    say, w = visit.say, visit.speech
    seats = [(w.agency(one["agency"]), one["seats"]) for one in body["agencies"]]
    saved = [
        (
            w.agency(one["agency"]),
            *(
                round(one[kind][end] / 100)
                for kind in ("settled", "estimated")
                for end in ("low_ore", "high_ore")
            ),
            one["without_baseline"],
        )
        for one in body["agencies"]
    ]
    return [
        Table(
            "seats",
            say("Course seats by agency"),
            [say("Agency"), say("Seats")],
            _ranked(seats),
        ),
        Table(
            "savings",
            say("Saved by each agency, in kronor"),
            [
                say("Agency"),
                say("Settled, at least"),
                say("Settled, at most"),
                say("Ahead, at least"),
                say("Ahead, at most"),
                say("Not counted"),
            ],
            saved,
        ),
    ]


def _ranked(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _labels(visit: Visit, contacts: dict[str, Any]) -> list[str]:
    """Every third month has its name: there is room for no more on a phone."""
    return [
        visit.speech.month(f"{one['month']}-01") if number % 3 == 2 else ""
        for number, one in enumerate(contacts["months"])
    ]


def _few(visit: Visit) -> str:
    return visit.say("fewer than five")
