"""Groups: find one, start one in one step, join and leave (D23)."""

from fastapi import APIRouter, Response

from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()
_SHOWN = 100


@router.get("/groups", summary="Groups / Grupper")
async def list_groups(visit: SignedIn, page: int = 1) -> Response:
    return await _list(visit, Form(), max(1, page))


@router.post("/groups", summary="Start a group / Starta en grupp")
async def start_group(visit: SignedIn) -> Response:
    form = visit.form
    if not form.text("name"):
        form.refuse("name", visit.say("Write what the group is called."))
    if not form.wrong:
        body = {"name": form.text("name"), "purpose": form.text("purpose")}
        part = await visit.send("POST", "/directory/v1/groups", body)
        if part.ok:
            return visit.go(f"/groups/{part.body['id']}")
        visit.refused(part, form, "name")
    return await _list(visit, form, 1, 422)


@router.get("/groups/{group_id}", summary="A group / En grupp")
async def show_group(visit: SignedIn, group_id: Id) -> Response:
    return await _show(visit, group_id, Form())


@router.post("/groups/{group_id}/membership", summary="Join or leave / Gå med eller lämna")
async def move(visit: SignedIn, group_id: Id) -> Response:
    method = "DELETE" if visit.form.text("move") == "leave" else "PUT"
    part = await visit.send(method, f"/directory/v1/groups/{group_id}/members/{visit.me.id}")
    if part.ok:
        return visit.go(f"/groups/{group_id}")
    form = Form()
    visit.refused(part, form)
    return await _show(visit, group_id, form, 409)


async def _list(visit: Visit, form: Form, number: int, status: int = 200) -> Response:
    parts = await visit.ask(
        groups=("/directory/v1/groups", {"page": number, "limit": 50}),
        mine=("/directory/v1/groups", {"member": visit.me.id, "limit": 100}),
    )
    mine = {group["id"] for group in parts["mine"].items}
    return visit.page("groups.html", status, groups=parts["groups"], mine=mine, form=form, number=number)


async def _show(visit: Visit, group_id: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        group=f"/directory/v1/groups/{group_id}",
        members=("/directory/v1/people", {"group": group_id, "limit": _SHOWN}),
    )
    group = visit.require(parts["group"]).body
    people = parts["members"].items
    people.sort(key=lambda person: (person["id"] != group["owner_id"], person["display_name"]))
    return visit.page(
        "group.html",
        status,
        group=group,
        members=parts["members"],
        people=people,
        count=len(group["members"]),
        is_member=visit.me.id in group["members"],
        form=form,
    )
