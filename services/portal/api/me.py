"""What is held of me and who sees it, and what I get by mail (D5, D12, D16, N9, N10)."""

import re
from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.forms import Form
from services.portal.web.labels import HIDABLE
from services.portal.web.policies import SignedIn
from services.portal.web.visit import Visit
from shared.web.fields import PHONE

router = APIRouter()
_MOST = 20


@router.get("/me", summary="My data / Mina uppgifter")
async def show_me(visit: SignedIn) -> Response:
    return await _me(visit, None)


@router.post("/me", summary="Change what I say of myself / Ändra det jag själv uppger")
async def change_me(visit: SignedIn) -> Response:
    form = visit.form
    now = await visit.need(f"/directory/v1/people/{visit.me.id}")
    changes = _changes(visit, form, now.body)
    if not form.wrong and changes:
        part = await visit.send(
            "PATCH", f"/directory/v1/people/{visit.me.id}", changes, If_Match=form.text("edition")
        )
        visit.was_late(part, form, now.etag)
        visit.refused(part, form, "phone")
    if form.wrong:
        return await _me(visit, form, status=422)
    return visit.go("/me", "saved")


def _changes(visit: Visit, form: Form, now: dict[str, Any]) -> dict[str, Any]:
    """What differs from how it is; a field that was emptied goes back to the agency's system. What the form
    did not ask stays as it is.
    """
    about = [line.strip() for line in form.text("ask_me_about").splitlines() if line.strip()]
    if len(about) > _MOST or any(len(one) > 200 for one in about):
        form.refuse("ask_me_about", visit.say("Write at most 20 lines of at most 200 characters."))
    if not re.fullmatch(PHONE, form.text("phone")):
        form.refuse("phone", visit.say("Write the number with digits, such as 060-18 40 01."))
    wanted: dict[str, Any] = {
        "phone": form.text("phone"),
        "ask_me_about": about,
        "working_days": form.all("working_days"),
        "language": form.text("language"),
        "absence": _absence(visit, form),
        "visibility": {
            **(now["visibility"] or {}),
            **{name: who for name in HIDABLE if (who := form.text(f"see_{name}"))},
        },
    }
    asked = {name for name in wanted if name in {"visibility", "working_days"} or form.asked(name)}
    if form.asked("since") or form.asked("until"):
        asked.add("absence")
    return {name: wanted[name] or None for name in sorted(asked) if wanted[name] != _as_it_is(now, name)}


def _as_it_is(now: dict[str, Any], name: str) -> Any:
    if name == "absence":
        absence = now["absence"]
        return {"since": absence["since"], "until": absence["until"]} if absence else None
    if name == "visibility":
        return dict(now["visibility"] or {})
    return now[name]


def _absence(visit: Visit, form: Form) -> dict[str, str] | None:
    days: dict[str, str] = {}
    for name in ("since", "until"):
        if form.text(name) and (day := visit.day(form, name)):
            days[name] = day.isoformat()
    if not days or {"since", "until"} & form.wrong.keys():
        return None
    for name in ("since", "until"):
        if name not in days:
            form.refuse(name, visit.say("Write both the first and the last day."))
            return None
    if days["until"] < days["since"]:
        form.refuse("until", visit.say("The last day must not be before the first."))
    return days


async def _me(visit: Visit, form: Form | None, status: int = 200) -> Response:
    parts = await visit.ask(
        me=f"/directory/v1/people/{visit.me.id}",
        history=(f"/directory/v1/people/{visit.me.id}/history", {"limit": 10}),
    )
    me = parts["me"] if parts["me"].down else visit.require(parts["me"])
    return visit.page(
        "me.html",
        status,
        person=me.body if me.ok else None,
        history=parts["history"],
        form=form or (_filled(me.body, me.etag) if me.ok else Form()),
    )


def _filled(person: dict[str, Any], edition: str) -> Form:
    absence = person["absence"] or {"since": "", "until": ""}
    seen = person["visibility"] or {}
    return Form.of(
        {
            "edition": edition,
            "phone": person["phone"],
            "ask_me_about": "\n".join(person["ask_me_about"]),
            "working_days": person["working_days"],
            "language": person["language"],
            "since": absence["since"],
            "until": absence["until"],
            **{f"see_{name}": seen.get(name, "network") for name in HIDABLE},
        }
    )


@router.get("/me/mail", summary="What I get by mail / Vad jag får som mejl")
async def show_mail(visit: SignedIn) -> Response:
    part = await visit.need(f"/notify/v1/preferences/{visit.me.id}")
    return _mail(visit, part.body, part.etag, Form())


@router.post("/me/mail", summary="Choose / Välj")
async def choose_mail(visit: SignedIn) -> Response:
    form = visit.form
    now = await visit.need(f"/notify/v1/preferences/{visit.me.id}")
    wanted = set(form.all("kinds"))
    kinds = {
        one["kind"]: one["choice"] if one["choice"] != "never" and one["kind"] in wanted else "at_once"
        for one in now.body["kinds"]
    }
    for one in now.body["kinds"]:
        if not one["mandatory"] and one["kind"] not in wanted:
            kinds[one["kind"]] = "never"
    part = await visit.send(
        "PUT", f"/notify/v1/preferences/{visit.me.id}", {"kinds": kinds}, If_Match=form.text("edition")
    )
    if part.ok:
        return visit.go("/me/mail", "saved")
    visit.refused(part, form)
    return _mail(visit, now.body, now.etag, form, status=422)


def _mail(visit: Visit, body: dict[str, Any], edition: str, form: Form, *, status: int = 200) -> Response:
    groups = visit.labels.kinds(body["kinds"])
    return visit.page("me_mail.html", status, groups=groups, edition=edition, form=form)
