"""An HR export as a file: tried first, its headings mended, then taken in (D9)."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.client import Part
from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator, CoordinatorWithFile
from services.portal.web.visit import Visit
from shared.web.fields import Id
from shared.web.limits import BodyLimit

router = APIRouter()
MOST = 64_000_000
# With room for what a form has around a file.
BODIES = {"/agency/imports": BodyLimit(MOST + 100_000)}
# In the order in which an export is likely to have them.
FIELDS = (
    "employee_id",
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "title",
    "roles",
    "assignments",
    "specialties",
    "unit",
    "location",
    "employed_from",
    "employed_to",
    "manager_employee_id",
    "status",
    "language",
    "protected",
)
_HEADINGS = 90
_UNDER_WAY = {"waiting", "working"}


@router.get("/agency/imports", summary="Send a file / Skicka en fil")
async def show_imports(visit: Coordinator, page: int = 1) -> Response:
    return await _list(visit, Form(), number=max(1, page))


@router.post("/agency/imports", summary="Try a file / Pröva en fil")
async def try_file(visit: CoordinatorWithFile) -> Response:
    """Nothing is changed yet."""
    form = visit.form
    if form.file is None or not form.file.size:
        form.refuse("file", visit.say("Choose a file that is not empty."))
        return await _list(visit, form, 422)
    complete = "true" if form.text("complete") else "false"
    part = await visit.send_file("/directory/v1/imports", form.file, dry_run="true", complete=complete)
    if part.ok:
        return visit.go(f"/agency/imports/{part.body['id']}", "file_read")
    form.refuse("file", _why_not(visit, part))
    return await _list(visit, form, part.status)


@router.get("/agency/imports/{import_id}", summary="How a file is getting on / Hur det går med en fil")
async def show_import(visit: Coordinator, import_id: Id) -> Response:
    return await _show(visit, import_id, Form())


@router.post(
    "/agency/imports/{import_id}", summary="Take it in, try again or stop / Läs in, pröva igen eller avbryt"
)
async def go_on(visit: Coordinator, import_id: Id) -> Response:
    form = visit.form
    pressed = form.pressed("do", "again", "import", "stop")
    if pressed == "stop":
        part = await visit.send("POST", f"/directory/v1/imports/{import_id}/cancellation")
        if not part.ok:
            visit.refused(part, form)
            return await _show(visit, import_id, form, part.status)
        return visit.go_on(f"/agency/imports/{import_id}")
    dry_run = pressed == "again"
    body: dict[str, Any] = {"dry_run": dry_run}
    if dry_run:
        found = await visit.need(f"/directory/v1/imports/{import_id}")
        body["mapping"] = _mapping(form, found.body["columns"])
    part = await visit.send("POST", f"/directory/v1/imports/{import_id}/repetitions", body)
    if part.ok:
        return visit.go(f"/agency/imports/{part.body['id']}", "file_read")
    visit.refused(part, form)
    return await _show(visit, import_id, form, part.status)


@router.get("/agency/imports/{import_id}/report.csv", summary="What was wrong, as a file / Felen som en fil")
async def save_report(visit: Coordinator, import_id: Id) -> Response:
    question = (f"/directory/v1/imports/{import_id}/report", {"language": visit.language})
    return await visit.file(question, "text/csv", "report.csv")


def _mapping(form: Form, columns: dict[str, str]) -> dict[str, str | None]:
    """Of the headings in the list, those that are to be read in another way than they were.

    Raises:
        HTTPException: such a choice is not in the list.

    """
    told: dict[str, str | None] = {}
    for row in range(_HEADINGS):
        heading, chosen = form.text(f"heading-{row}"), form.text(f"field-{row}")
        if chosen and chosen not in FIELDS:
            raise HTTPException(400)
        if heading and chosen != columns.get(heading, ""):
            told[heading[:200]] = chosen or None
    return told


def _why_not(visit: Visit, part: Part) -> str:
    if part.status == 413:
        return visit.say(
            "The file is larger than 64 MB. Send fewer columns, or ask the network how to go about it."
        )
    if part.status == 422:
        return visit.say(
            "The file is too wide to be read: at most 200 columns, 200 characters in a heading and 128,000 "
            "bytes in a row. Is it a CSV file? Send fewer columns."
        )
    return visit.say_refusal(part.refusal)


async def _list(visit: Visit, form: Form, status: int = 200, *, number: int = 1) -> Response:
    found = await visit.get(("/directory/v1/imports", {"limit": 20, "page": number}))
    return visit.page("agency_imports.html", status, form=form, found=found, number=number)


async def _show(visit: Visit, import_id: str, form: Form, status: int = 200) -> Response:
    found = await visit.need(f"/directory/v1/imports/{import_id}")
    if visit.is_piece and found.body["state"] in _UNDER_WAY:
        return visit.page("agency_import_state.html", job=found.body)
    if visit.is_piece:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return visit.page("agency_import.html", status, form=form, job=found.body, **_headings(visit, found))


def _headings(visit: Visit, found: Part) -> dict[str, Any]:
    columns: dict[str, str] = found.body["columns"]
    listed = [*columns.items(), *((heading, "") for heading in found.body["unused"])]
    return {
        "headings": listed[:_HEADINGS],
        "fields": [(name, visit.labels.field(name)) for name in FIELDS],
    }
