"""The keys of the agency's systems (D24)."""

import re

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit

router = APIRouter()
_SCOPES = ("staff:write", "directory:read", "events:read", "courses:read", "notify:read")


@router.get("/agency/keys", summary="Keys of our systems / Våra systems nycklar")
async def show_keys(visit: Coordinator) -> Response:
    return await _show(visit, Form())


@router.post("/agency/keys", summary="A new key / En ny nyckel")
async def new_key(visit: Coordinator) -> Response:
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


@router.post("/agency/keys/removal", summary="Revoke a key / Spärra en nyckel")
async def revoke_key(visit: Coordinator) -> Response:
    token = visit.form.text("token")
    if not re.fullmatch(r"[0-9a-f]{16}", token):
        raise HTTPException(400)
    if not visit.is_sure:
        return visit.ask_first(
            visit.say("Revoke the key?"),
            visit.say("Yes, revoke the key"),
            "/agency/keys",
            visit.say("The system that uses it is refused at once. A revoked key can't be used again."),
        )
    await visit.send("DELETE", f"/directory/v1/agencies/{visit.me.agency}/tokens/{token}")
    return visit.go("/agency/keys", "key_revoked")


async def _show(visit: Visit, form: Form, status: int = 200, token: str = "") -> Response:
    tokens = await visit.get(f"/directory/v1/agencies/{visit.me.agency}/tokens")
    return visit.page(
        "agency_keys.html",
        status,
        form=form,
        token=token,
        tokens=tokens,
        scopes=visit.labels.scopes(_SCOPES),
    )
