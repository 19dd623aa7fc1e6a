"""Finding people, and one of them."""

from typing import Any

from fastapi import APIRouter, Response

from services.portal.web.policies import SignedIn
from shared.web.fields import Id, Words

router = APIRouter()
_PAGE = 20


@router.get("/people", summary="Find people / Hitta personer")
async def find_people(
    visit: SignedIn,
    q: Words = "",
    agency: Words = "",
    role: Words = "",
    specialty: Words = "",
    place: Words = "",
    page: int = 1,
) -> Response:
    asked = {"q": q, "agency": agency, "role": role, "specialty": specialty, "place": place}
    given = {name: value for name, value in asked.items() if value}
    found = None
    if given:
        paging = {"limit": _PAGE, "page": max(1, page), "count": "true"}
        found = await visit.get(("/directory/v1/people", {**given, **paging}))
    values: dict[str, Any] = {"asked": asked, "given": given, "found": found, "number": page}
    return visit.page("people_found.html" if visit.is_piece else "people.html", **values)


@router.get("/people/{person_id}", summary="A person / En person")
async def show_person(visit: SignedIn, person_id: Id) -> Response:
    parts = await visit.ask(
        person=f"/directory/v1/people/{person_id}",
        peers=(f"/directory/v1/people/{person_id}/peers", {"limit": 5}),
        groups=("/directory/v1/groups", {"member": person_id}),
    )
    person = visit.require(parts.pop("person")).body
    return visit.page("person.html", person=person, **parts)


@router.get("/people/{person_id}/alone", summary="You are not alone / Du är inte ensam")
async def show_alone(visit: SignedIn, person_id: Id) -> Response:
    """D18: whom to call, and why each."""
    parts = await visit.ask(
        card=f"/directory/v1/people/{person_id}/card", person=f"/directory/v1/people/{person_id}"
    )
    person, card = (visit.require(parts[name]).body for name in ("person", "card"))
    return visit.page("alone.html", cards=card["cards"], person=person, mine=person_id == visit.me.id)
