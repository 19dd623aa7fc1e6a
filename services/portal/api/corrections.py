"""Something is wrong about somebody: say so, and see what became of it (D8)."""

import re
from typing import Any, Literal, get_args

from fastapi import APIRouter, Response

from services.portal.store import people
from services.portal.web.forms import Form
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()
Field = Literal[
    "title", "roles", "specialties", "unit", "place", "phone", "email", "given_name", "family_name"
]
What = Field | Literal["has_left"]
_FIELDS: tuple[Field, ...] = get_args(Field)
_NEVER_EMPTY = {"given_name", "family_name"}
# What looks like one; the directory knows exactly.
# RFC 5321; and the pattern takes time by the square of the length.
_LONGEST = 254
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@router.get("/people/{person_id}/correction", summary="Something wrong? / Stämmer något inte?")
async def show_correction(visit: SignedIn, person_id: Id, what: What | None = None) -> Response:
    """First what is wrong, then how it should be."""
    return await _show(visit, person_id, what, None)


@router.post("/people/{person_id}/correction", summary="Propose a correction / Föreslå en rättelse")
async def propose_correction(visit: SignedIn, person_id: Id) -> Response:
    form = visit.form
    what = form.pressed("what", *_FIELDS, "has_left")
    said: dict[str, Any] = {"person_id": person_id, "comment": form.text("comment")}
    if what == "has_left":
        said["kind"] = what
    else:
        now = (await visit.need(f"/directory/v1/people/{person_id}")).body
        said |= {"field": what, "value": _checked(visit, form, what, now)}
    if not form.wrong:
        part = await visit.send("POST", "/directory/v1/corrections", said)
        if part.ok:
            return visit.go_on("/me/corrections?sent=true")
        visit.refused(part, form)
    return await _show(visit, person_id, what, form, 422)


@router.get("/me/corrections", summary="My corrections / Mina rättelser")
async def show_mine(visit: SignedIn, page: int = 1, sent: bool = False) -> Response:
    number = max(1, page)
    found = await visit.get(("/directory/v1/corrections", {"mine": "true", "limit": 20, "page": number}))
    ids = {id_ for one in found.items for id_ in (one["person_id"], one["decided_by"]) if id_}
    known = await people.many(visit.request.app.state.mongo.db, ids)
    return visit.page("me_corrections.html", found=found, number=number, sent=sent, people=known)


def _checked(visit: Visit, form: Form, what: str, now: dict[str, Any]) -> str | list[str] | None:
    """As it should be; that it already is so is said beside the field."""
    text = form.text("value")
    value: str | list[str] | None = text
    if what == "roles":
        value = form.all("value")
    elif what == "specialties":
        value = [line.strip() for line in text.splitlines() if line.strip()]
    elif what == "email":
        value = text or None
    if not value and what in _NEVER_EMPTY:
        form.refuse("value", visit.say("Write how it should be."))
    elif what == "email" and text and (len(text) > _LONGEST or not _ADDRESS.fullmatch(text)):
        form.refuse("value", visit.say("Write an email address, such as anna.berg@agency.se."))
    elif value == _as_it_is(now, what):
        form.refuse("value", visit.say("This is how it is already. Write how it should be."))
    return value


def _as_it_is(person: dict[str, Any], what: str) -> Any:
    return [one["code"] for one in person["roles"]] if what == "roles" else person[what]


async def _show(
    visit: Visit, person_id: str, what: str | None, form: Form | None, status: int = 200
) -> Response:
    parts = await visit.ask(
        person=f"/directory/v1/people/{person_id}", roles=("/directory/v1/roles", {"limit": 100})
    )
    person = visit.require(parts["person"]).body
    mine = person_id == visit.me.id
    values: dict[str, Any] = {
        "person": person,
        "mine": mine,
        "what": what,
        # One's own number is one's own to say.
        "facts": [(name, _as_it_is(person, name)) for name in _FIELDS if not (mine and name == "phone")],
        "roles": [
            (one["code"], visit.speech.role(one["code"]))
            for one in parts["roles"].items
            if not one["assignment"]
        ],
        "form": form or _filled(person, what),
    }
    return visit.page("correction.html", status, **values)


def _filled(person: dict[str, Any], what: str | None) -> Form:
    if what is None or what == "has_left":
        return Form()
    now = _as_it_is(person, what)
    return Form.of({"value": "\n".join(now) if what == "specialties" else now or ""})
