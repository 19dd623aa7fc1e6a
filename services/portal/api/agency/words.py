"""The agency's own words for roles and specialties: which mean nothing here yet, and what they mean (D3)."""

from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.portal.web.forms import Form
from services.portal.web.policies import Coordinator
from services.portal.web.visit import Visit

router = APIRouter()
Kind = Literal["role", "specialty"]
# As many as fit in a form; the commonest come first, and the others when these are done.
_ROWS = 20
_NAMED: dict[Kind, str] = {"role": "code", "specialty": "specialty"}


@router.get("/agency/words", summary="Words to map / Ord att tolka")
async def show_words(visit: Coordinator, saved: int = 0) -> Response:
    return await _show(visit, Form(), saved=saved)


@router.post("/agency/words", summary="Let words mean something / Låt ord betyda något")
async def map_words(visit: Coordinator) -> Response:
    """Of those in the list, the ones that a meaning was chosen for."""
    form = visit.form
    chosen = _chosen(form)
    if not chosen:
        form.refuse("", visit.say("Choose what at least one of the words means."))
    for kind, field, word, meaning in chosen:
        await _map(visit, form, kind, word, meaning, field)
    if form.wrong:
        return await _show(visit, form, 422)
    return visit.go_on(f"/agency/words?saved={len(chosen)}")


@router.post("/agency/words/own", summary="Let another word mean a role / Låt ett annat ord betyda en roll")
async def map_own_word(visit: Coordinator) -> Response:
    form = visit.form
    if not form.text("word"):
        form.refuse("word", visit.say("Write the word as your system writes it."))
    if form.text("code") not in visit.speech.roles:
        form.refuse("code", visit.say("Choose a role."))
    if not form.wrong:
        await _map(visit, form, "role", form.text("word"), form.text("code"), "word")
    return await _show(visit, form, 422) if form.wrong else visit.go_on("/agency/words?saved=1")


@router.post("/agency/words/removal", summary="Forget a word / Glöm ett ord")
async def forget_word(visit: Coordinator) -> Response:
    word, kind = visit.form.text("word"), visit.form.pressed("kind", *_NAMED)
    if not word:
        raise HTTPException(400)
    if not visit.is_sure:
        return visit.ask_first(
            visit.say("Forget what “%(word)s” means?", word=word),
            visit.say("Yes, forget it"),
            "/agency/words",
            visit.say("People whose records have the word are no longer found by its meaning."),
        )
    await visit.send("DELETE", f"/directory/v1/{kind}-mappings/{visit.me.agency}/{quote(word, safe='')}")
    return visit.go("/agency/words", "word_forgotten")


def _chosen(form: Form) -> list[tuple[Kind, str, str, str]]:
    """Kind, field, word and meaning of each row that has one."""
    found: list[tuple[Kind, str, str, str]] = []
    for kind in _NAMED:
        for row in range(_ROWS):
            field = f"{kind}-{row}"
            word, meaning = form.text(f"{field}-word"), form.text(field)
            if word and meaning:
                found.append((kind, field, word, meaning))
    return found


async def _map(visit: Visit, form: Form, kind: Kind, word: str, meaning: str, field: str) -> None:
    path = f"/directory/v1/{kind}-mappings/{visit.me.agency}/{quote(word, safe='')}"
    part = await visit.send("PUT", path, {_NAMED[kind]: meaning})
    if not part.ok:
        form.refuse(field, visit.say_refusal(next(iter(part.refusals.values()), part.refusal)))


async def _show(visit: Visit, form: Form, status: int = 200, *, saved: int = 0) -> Response:
    slug = visit.me.agency
    parts = await visit.ask(
        unmapped=f"/directory/v1/agencies/{slug}/unmapped",
        roles=("/directory/v1/role-mappings", {"limit": 100}),
        specialties=("/directory/v1/specialty-mappings", {"limit": 100}),
        known=("/directory/v1/roles", {"limit": 100}),
    )
    listed = sorted({word for role in parts["known"].items for word in role["specialties"]})
    mapped: dict[Kind, list[dict[str, Any]]] = {
        "role": parts["roles"].items,
        "specialty": parts["specialties"].items,
    }
    found = parts.pop("unmapped")
    values: dict[str, Any] = {
        "unmapped": found,
        "to_map": {kind: _to_map(found.body, kind, mapped[kind]) if found.ok else [] for kind in _NAMED},
        "most": _ROWS,
        "choices": {"role": list(visit.speech.roles.items()), "specialty": [(one, one) for one in listed]},
        "mapped": mapped,
        "form": form,
        "saved": saved,
    }
    return visit.page("agency_words.html", status, **values, **parts)


def _to_map(unmapped: dict[str, Any], kind: Kind, mapped: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that were mapped just now: their people follow within a minute."""
    known = {one["word"].casefold() for one in mapped}
    words = unmapped["roles" if kind == "role" else "specialties"]
    return [one for one in words if one["word"].casefold() not in known]
