"""People to take along: visit cards for address books, and a phone list by role for the wall (D25)."""

from fastapi import APIRouter, Response

from services.portal.web.policies import SignedIn
from shared.web.fields import Id, Words

router = APIRouter()
_VCARD = "text/vcard"


@router.get("/people/{person_id}/card.vcf", summary="vCard / Visitkort")
async def card(visit: SignedIn, person_id: Id) -> Response:
    """For the address book of a phone or a mail program."""
    return await visit.file(f"/directory/v1/people/{person_id}", _VCARD, "contact.vcf")


@router.get("/groups/{group_id}/cards.vcf", summary="vCards of a group / En grupps visitkort")
async def cards(visit: SignedIn, group_id: Id) -> Response:
    return await visit.file(f"/directory/v1/groups/{group_id}", _VCARD, "group.vcf")


@router.get("/phone-list", summary="A phone list / En telefonlista")
async def phone_list(visit: SignedIn, role: Words = "", agency: Words = "") -> Response:
    known = role if role in visit.speech.roles else ""
    asked = {"role": known, "agency": agency if agency in visit.speech.agencies else ""}
    found = await visit.get(("/directory/v1/phone-list", asked)) if known else None
    return visit.page("phone_list.html", found=found, asked=asked)


@router.get("/phone-list.csv", summary="A phone list for a spreadsheet / En telefonlista till kalkylark")
async def phone_list_csv(visit: SignedIn, role: Words, agency: Words = "") -> Response:
    asked = {"role": role, "agency": agency}
    return await visit.file(("/directory/v1/phone-list", asked), "text/csv", "phone-list.csv")
