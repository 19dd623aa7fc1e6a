"""Groups: find one, start one in one step, join and leave (D23)."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.store import people
from services.portal.web.client import Part, Question
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.formats.alphabet import sort_key
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
            return visit.go(f"/groups/{part.body['id']}", "group_started")
        visit.refused(part, form, "name")
    return await _list(visit, form, 1, 422)


@router.get("/groups/{group_id}", summary="A group / En grupp")
async def show_group(visit: SignedIn, group_id: Id) -> Response:
    return await show(visit, group_id, Form())


@router.post("/groups/{group_id}/membership", summary="Join or leave / Gå med eller lämna")
async def move(visit: SignedIn, group_id: Id) -> Response:
    leaves = visit.form.pressed("move", "leave", "join") == "leave"
    page = f"/groups/{group_id}"
    if leaves and not visit.is_sure:
        group = (await visit.need(f"/directory/v1/groups/{group_id}")).body
        return visit.ask_first(
            visit.say("Leave %(name)s?", name=group["name"]),
            visit.say("Yes, leave the group"),
            page,
            visit.say("You are no longer invited to what the group does. You can join again."),
        )
    method = "DELETE" if leaves else "PUT"
    part = await visit.send(method, f"/directory/v1/groups/{group_id}/members/{visit.me.id}")
    if part.ok:
        return visit.go(page, "group_left" if leaves else "group_joined")
    return await show(visit, group_id, visit.refusal(part), 409)


async def _list(visit: Visit, form: Form, number: int, status: int = 200) -> Response:
    parts = await visit.ask(
        groups=("/directory/v1/groups", {"page": number, "limit": 50}),
        mine=("/directory/v1/groups", {"member": visit.me.id, "limit": 100}),
    )
    mine = {group["id"] for group in parts["mine"].items}
    return visit.page("groups.html", status, groups=parts["groups"], mine=mine, form=form, number=number)


async def show(visit: Visit, group_id: str, form: Form, status: int = 200) -> Response:
    parts = await visit.ask(
        group=f"/directory/v1/groups/{group_id}",
        members=_members(group_id),
        decisions=(f"/directory/v1/groups/{group_id}/decisions", {"limit": 20}),
    )
    group = visit.require(parts["group"]).body
    listed = parts["members"].items
    listed.sort(key=lambda person: (person["id"] != group["owner_id"], sort_key(person["display_name"])))
    owned = await owns(visit, group)
    form.values.setdefault("decided_on", [visit.now.date().isoformat()])
    return visit.page(
        "group.html",
        status,
        group=group,
        members=parts["members"],
        people=listed,
        count=len(group["members"]),
        is_member=visit.me.id in group["members"],
        owned=owned,
        decides=decides(visit, group, owned=owned),
        decisions=parts["decisions"],
        form=form,
    )


async def owns(visit: Visit, group: dict[str, Any]) -> bool:
    """From our own copy, so that nobody waits for one service after another."""
    owner = await people.person(visit.request.app.state.mongo.db, group["owner_id"] or "")
    return owner is not None and visit.acts_for(owner.agency, owner.id)


def decides(visit: Visit, group: dict[str, Any], *, owned: bool) -> bool:
    """Whether the reader writes down what the group decides."""
    return owned or group["convenor_id"] == visit.me.id


async def members(visit: Visit, group: dict[str, Any]) -> Part:
    """Those of them whom the reader may see, by name."""
    return await visit.get(_members(group["id"]))


def _members(group_id: str) -> Question:
    return ("/directory/v1/people", {"group": group_id, "limit": _SHOWN})
