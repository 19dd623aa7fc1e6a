"""People as contacts: vCards for address books, and phone lists for the wall."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.agencies.store import agencies
from services.directory.conditions import language
from services.directory.people.api.profiles import PersonAnswer, person_answer
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.vcard import card
from services.directory.people.store import phone_lists
from services.directory.refusals import IsNoRole
from services.directory.vocabulary import ROLES
from shared.contracts.types import Language
from shared.errors import Invalid
from shared.formats import spreadsheets
from shared.mongo import Database
from shared.web.fields import Answer
from shared.web.needs import Db, Now

router = APIRouter(prefix="/directory/v1", tags=["people"])
VCARD = "text/vcard"
# For the routes that answer as vCards as well.
AS_VCARD: dict[int | str, dict[str, object]] = {200: {"content": {VCARD: {"schema": {"type": "string"}}}}}
_HEADINGS: dict[Language, tuple[str, ...]] = {
    "sv": ("Namn", "Titel", "Myndighet", "Enhet", "Ort", "Telefon", "E-post"),
    "en": ("Name", "Title", "Agency", "Unit", "Place", "Phone", "E-mail"),
}


def wants(request: Request, media_type: str) -> bool:
    """Whether the reader asks for this and not for JSON (RFC 9110 12.5.1, without weights)."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    return media_type in accepted and "application/json" not in accepted


async def as_vcards(
    db: Database,
    people: Iterable[PersonAnswer],
    reader: Language,
    day: date,
    last: str = "",
    name: str = "contacts",
) -> Response:
    names = await agencies.names(db)
    cards = [
        card(each.model_dump(), _agency(names, each.agency, reader), _role_names(each, reader, day))
        for each in people
    ]
    return Response(
        "".join(cards) + last,
        media_type=f"{VCARD}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.vcf"', "Vary": "Accept"},
    )


def _agency(names: dict[str, tuple[str, ...]], slug: str, reader: Language) -> str:
    known = names.get(slug)
    return slug if known is None else known[0 if reader == "sv" else 2]


def _role_names(person: PersonAnswer, reader: Language, day: date) -> list[str]:
    """Of those in force: an address book keeps what it was given."""
    held = role_codes(person.model_dump(mode="json", include={"roles", "assignments"}), day)
    return [ROLES[code].sv if reader == "sv" else ROLES[code].en for code in held if code in ROLES]


class PhoneLine(Answer):
    id: str = Field(examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"])
    display_name: str = Field(description="As shown / Som det visas", examples=["Åsa Öberg"])
    title: str = Field(description="Title / Titel", examples=["Inköpare"])
    agency: str = Field(description="In the reader's language / På läsarens språk", examples=["Bolagsverket"])
    unit: str = Field(description="Unit / Enhet", examples=["Ekonomi"])
    place: str = Field(description="Place / Ort", examples=["Sundsvall"])
    phone: str = Field(description="Phone / Telefon", examples=["+46 60 18 40 00"])
    email: str | None = Field(description="E-mail / E-post", examples=["asa.oberg@bolagsverket.example"])


class RoleMailbox(Answer):
    agency: str = Field(examples=["Bolagsverket"])
    email: str = Field(
        description="The role's shared mailbox / Rollens funktionsbrevlåda", examples=["inkop@bv.example"]
    )


async def mailbox_answers(
    db: Database, found: Iterable[tuple[str, str]], reader: Language
) -> list[RoleMailbox]:
    """`found` are agencies by slug, each with an address."""
    addresses = list(found)
    names = await agencies.names(db) if addresses else {}
    return [RoleMailbox(agency=_agency(names, slug, reader), email=address) for slug, address in addresses]


class PhoneList(Answer):
    role: str = Field(description="In the reader's language / På läsarens språk", examples=["Upphandlare"])
    items: list[PhoneLine] = Field(description="By agency and name / Efter myndighet och namn")
    mailboxes: list[RoleMailbox] = Field(
        description="Shared mailboxes: some who hold the role may not be shown / "
        "Funktionsbrevlådor: en del i rollen får inte visas"
    )
    complete: bool = Field(
        description="false when there are more than 2,000 / false när de är fler än 2 000", examples=[True]
    )


@router.get(
    "/phone-list",
    summary="A phone list by role / En telefonlista efter roll",
    response_model=PhoneList,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_phone_list(
    request: Request,
    db: Db,
    now: Now,
    caller: Reading,
    role: Annotated[str, Query(max_length=60, description="Role code / Rollkod", examples=["upphandlare"])],
    agency: Annotated[str | None, Query(max_length=60, description="Agency / Myndighet")] = None,
) -> PhoneList | Response:
    """As JSON, or with `Accept: text/csv` as CSV; what the reader may see / Det som läsaren får se."""
    if role not in ROLES:
        raise Invalid(role=IsNoRole())
    reader = language(request)
    found = await phone_lists.holders(db, role, agency, now)
    names = await agencies.names(db)
    shown = [person_answer(person, caller) for person in found[: phone_lists.MOST]]
    lines = [
        PhoneLine(**{**each.model_dump(), "agency": _agency(names, each.agency, reader)}) for each in shown
    ]
    mailboxes = await mailbox_answers(db, await phone_lists.mailboxes(db, role, agency), reader)
    if wants(request, "text/csv"):
        return _as_csv(lines, mailboxes, reader)
    return PhoneList(
        role=ROLES[role].sv if reader == "sv" else ROLES[role].en,
        items=lines,
        mailboxes=mailboxes,
        complete=len(found) <= phone_lists.MOST,
    )


def _as_csv(lines: Sequence[PhoneLine], mailboxes: Sequence[RoleMailbox], reader: Language) -> Response:
    people = [
        (each.display_name, each.title, each.agency, each.unit, each.place, each.phone, each.email or "")
        for each in lines
    ]
    shared = [("", "", each.agency, "", "", "", each.email) for each in mailboxes]
    return Response(
        spreadsheets.MARK + spreadsheets.rows([_HEADINGS[reader], *people, *shared]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="phone-list.csv"', "Vary": "Accept"},
    )
