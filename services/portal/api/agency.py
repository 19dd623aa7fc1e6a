"""What a coordinator sees and does for their agency (D6, D13, D3, D18, N6, D24)."""

import re
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web import labels
from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit
from shared.web.fields import Id

router = APIRouter()
_SCOPES = ("staff:write", "directory:read", "events:read", "courses:read", "notify:read")


@router.get("/agency", summary="My agency / Min myndighet")
async def show_agency(visit: Coordinator) -> Response:
    return await _show(visit, Form())


@router.post("/agency/mappings", summary="Let a word mean a role / Låt ett ord betyda en roll")
async def map_word(visit: Coordinator) -> Response:
    form, slug = visit.form, visit.me.agency
    if not form.text("word"):
        form.refuse("word", visit.say("Write the word as your system writes it."))
    if form.text("code") not in visit.speech.roles:
        form.refuse("code", visit.say("Choose a role."))
    if not form.wrong:
        path = f"/directory/v1/role-mappings/{slug}/{quote(form.text('word'), safe='')}"
        part = await visit.send("PUT", path, {"code": form.text("code")})
        visit.refused(part, form, "word")
    return await _show(visit, form, 422) if form.wrong else visit.go("/agency#mappings")


@router.post("/agency/mappings/removal", summary="Forget a word / Glöm ett ord")
async def forget_word(visit: Coordinator) -> Response:
    word = visit.form.text("word")
    if not word:
        raise HTTPException(400)
    await visit.send("DELETE", f"/directory/v1/role-mappings/{visit.me.agency}/{quote(word, safe='')}")
    return visit.go("/agency#mappings")


@router.post("/agency/tokens", summary="A new token / En ny nyckel")
async def new_token(visit: Coordinator) -> Response:
    """Shown once, on the page that answers: it is kept nowhere."""
    form = visit.form
    scopes = [scope for scope in form.all("scopes") if scope in _SCOPES]
    if not form.text("name"):
        form.refuse("name", visit.say("Write which system it is for."))
    if not scopes:
        form.refuse("scopes", visit.say("Choose at least one thing that the system may do."))
    if form.wrong:
        return await _show(visit, form, 422)
    body = {"name": form.text("name"), "scopes": scopes}
    part = await visit.send("POST", f"/directory/v1/agencies/{visit.me.agency}/tokens", body)
    if not part.ok:
        visit.refused(part, form, "name")
        return await _show(visit, form, 422)
    return await _show(visit, Form(), token=part.body["token"])


@router.post("/agency/tokens/removal", summary="Revoke a token / Spärra en nyckel")
async def revoke_token(visit: Coordinator) -> Response:
    token = visit.form.text("token")
    if not re.fullmatch(r"[0-9a-f]{16}", token):
        raise HTTPException(400)
    await visit.send("DELETE", f"/directory/v1/agencies/{visit.me.agency}/tokens/{token}")
    return visit.go("/agency#tokens")


@router.post("/agency/mass-leaves/{mass_leave_id}", summary="Have they left? / Har de slutat?")
async def decide(visit: Coordinator, mass_leave_id: Id) -> Response:
    decision = visit.form.pressed("decision", "release", "refuse")
    path = f"/directory/v1/mass-leaves/{mass_leave_id}/decision"
    part = await visit.send("POST", path, {"decision": decision})
    form = Form()
    visit.refused(part, form)
    return await _show(visit, form, 409) if form.wrong else visit.go("/agency")


async def _show(visit: Visit, form: Form, status: int = 200, token: str = "") -> Response:
    slug = visit.me.agency
    parts = await visit.ask(
        completeness=f"/directory/v1/agencies/{slug}/completeness",
        leaves=("/directory/v1/mass-leaves", {"limit": 5}),
        mappings=("/directory/v1/role-mappings", {"limit": 100}),
        tokens=f"/directory/v1/agencies/{slug}/tokens",
        alone=("/directory/v1/lone-specialists", {"agency": slug, "limit": 50}),
        failed=("/notify/v1/notifications", {"state": "failed", "limit": 10}),
    )
    values: dict[str, Any] = {
        "form": form,
        "token": token,
        "scopes": labels.Labels(visit.say).scopes(_SCOPES),
    }
    return visit.page("agency.html", status, labels=labels.Labels(visit.say), **values, **parts)
