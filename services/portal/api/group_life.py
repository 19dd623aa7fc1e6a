"""A group's life: changed, handed over, given a form when it has earned it, and its decisions (D23)."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.api import groups
from services.portal.store import people
from services.portal.web.client import Part
from services.portal.web.done import Done
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.formats.alphabet import sort_key
from shared.web.fields import Id

router = APIRouter()
_STRUCTURE = ("mandate", "convenor_id")


@router.get("/groups/{group_id}/change", summary="Change a group / Ändra en grupp")
async def show_group_change(visit: SignedIn, group_id: Id) -> Response:
    found = await _own(visit, group_id)
    names = ["name", "purpose", "owner_id", *(_STRUCTURE if _is_structured(found.body) else ())]
    said: dict[str, str | list[str]] = {name: found.body[name] or "" for name in names}
    return await _form(visit, found.body, Form.of({**said, "edition": found.etag}))


@router.post("/groups/{group_id}/change", summary="Change it / Ändra den")
async def change_group(visit: SignedIn, group_id: Id) -> Response:
    form, found = visit.form, await _own(visit, group_id)
    body = _body(visit, form, found.body)
    if not form.wrong:
        part = await visit.send(
            "PATCH", f"/directory/v1/groups/{group_id}", body, If_Match=form.text("edition")
        )
        if part.ok:
            return visit.go(f"/groups/{group_id}", "group_changed")
        visit.was_late(part, form, found.etag)
        visit.refused(part, form)
    return await _form(visit, found.body, form, 422)


def _body(visit: Visit, form: Form, group: dict[str, Any]) -> dict[str, Any]:
    """With a mandate and a convenor it has structure. Without either it has none, which is said where it had:
    elsewhere it would be the answer to a proposal.
    """
    body = {name: form.text(name) for name in ("name", "purpose", "owner_id")}
    mandate, convenor = form.text("mandate"), form.text("convenor_id")
    if not body["name"]:
        form.refuse("name", visit.say("Write what the group is called."))
    if convenor and not mandate:
        form.refuse("mandate", visit.say("A group with a convenor has a mandate. Write what it is to do."))
    if mandate and not convenor:
        form.refuse("convenor_id", visit.say("A group with a mandate has a convenor. Choose who it is."))
    if not mandate:
        return {**body, "stage": "informal"} if _is_structured(group) else body
    return {**body, "stage": "structured", "mandate": mandate, "convenor_id": convenor}


@router.post("/groups/{group_id}/stage", summary="Leave it as it is / Låt den vara som den är")
async def keep_informal(visit: SignedIn, group_id: Id) -> Response:
    return await _sent(visit, group_id, "PATCH", "", {"stage": "informal"}, "group_kept")


@router.post("/groups/{group_id}/ownership", summary="Look after it / Ta över ansvaret")
async def take_over(visit: SignedIn, group_id: Id) -> Response:
    return await _sent(visit, group_id, "PATCH", "", {"owner_id": visit.me.id}, "group_owned")


@router.post("/groups/{group_id}/decisions", summary="Write a decision down / Skriv ner ett beslut")
async def note_decision(visit: SignedIn, group_id: Id) -> Response:
    form, found = visit.form, await visit.need(f"/directory/v1/groups/{group_id}")
    if not groups.decides(visit, found.body, owned=await groups.owns(visit, found.body)):
        raise HTTPException(403)
    if not form.text("text"):
        form.refuse("text", visit.say("Write what was decided."))
    visit.day(form, "decided_on")
    if form.wrong:
        return await groups.show(visit, group_id, form, 422)
    body = {name: form.text(name) for name in ("text", "decided_on")}
    return await _sent(visit, group_id, "POST", "/decisions", body, "decision_noted")


def _is_structured(group: dict[str, Any]) -> bool:
    return group["stage"] == "structured"


async def _sent(
    visit: Visit, group_id: str, method: str, path: str, body: dict[str, str], done: Done
) -> Response:
    part = await visit.send(method, f"/directory/v1/groups/{group_id}{path}", body)
    if part.ok:
        return visit.go(f"/groups/{group_id}", done)
    form = visit.form
    visit.refused(part, form)
    return await groups.show(visit, group_id, form, 409)


async def _own(visit: Visit, group_id: str) -> Part:
    """
    Raises:
        HTTPException: it is not there, or somebody else's.

    """
    found = await visit.need(f"/directory/v1/groups/{group_id}")
    if not await groups.owns(visit, found.body):
        raise HTTPException(403)
    return found


async def _form(visit: Visit, group: dict[str, Any], form: Form, status: int = 200) -> Response:
    keepers = await people.many(visit.request.app.state.mongo.db, [group["owner_id"], group["convenor_id"]])
    shown = (await groups.members(visit, group)).items
    names = {one.id: one.display_name for one in keepers.values()} | {
        one["id"]: one["display_name"] for one in shown
    }
    choices = sorted(names.items(), key=lambda choice: sort_key(choice[1]))
    return visit.page("group_form.html", status, group=group, choices=choices, form=form)
