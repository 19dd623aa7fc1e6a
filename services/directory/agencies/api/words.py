"""An agency's own words for specialties, and all its words that mean nothing here yet (D3)."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug, Reading, Writing, require_own
from services.directory.agencies.api.roles import Word
from services.directory.agencies.handlers import agencies as handlers
from services.directory.agencies.store import agencies as store
from services.directory.agencies.store import unmapped
from services.directory.vocabulary import is_listed
from shared.contracts.types import Text
from shared.mongo import Transaction
from shared.refusals import NoSuchAgency
from shared.web.fields import Answer, Body, Page
from shared.web.needs import Db, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["roles"])
Specialty = Annotated[
    str, Field(description="A specialty of the list / En specialitet i listan", examples=["ramavtal"])
]


class SpecialtyBody(Body):
    specialty: Text = Field(
        description="A specialty of the list / En specialitet i listan", examples=["ramavtal"]
    )


class SpecialtyMapping(Answer):
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    word: str = Field(description="The agency's word / Myndighetens ord", examples=["RA-avtal"])
    specialty: Specialty


class UnmappedWord(Answer):
    word: str = Field(description="The agency's word / Myndighetens ord", examples=["Inköpsstrateg"])
    people: int = Field(description="How many have it / Hur många som har det", examples=[4])


class Unmapped(Answer):
    roles: list[UnmappedWord] = Field(
        description="Roles and titles that are none here / Roller och titlar som inte finns här"
    )
    specialties: list[UnmappedWord] = Field(
        description="Not on the list: searched as written / Inte i listan: söks som de är skrivna"
    )


@router.get(
    "/agencies/{slug}/unmapped",
    summary="Words to map, the commonest first / Ord att tolka, de vanligaste först",
)
async def list_unmapped(db: Db, caller: Reading, slug: AgencySlug) -> Unmapped:
    if await store.find(db, slug) is None:
        raise NoSuchAgency
    require_own(caller, slug)
    roles = await unmapped.words(db, slug, "unmapped")
    specialties = await unmapped.words(db, slug, "specialties")
    return Unmapped(
        roles=[UnmappedWord(word=each["_id"], people=each["people"]) for each in roles],
        specialties=[
            UnmappedWord(word=each["_id"], people=each["people"])
            for each in specialties
            if not is_listed(each["_id"])
        ],
    )


@router.get(
    "/specialty-mappings",
    summary="How an agency's words for specialties are read / Hur en myndighets ord för specialiteter tolkas",
)
async def list_specialties(
    db: Db,
    caller: Writing,
    paging: Pages,
    agency: Annotated[
        str | None, Query(pattern=r"^[a-z0-9-]+$", max_length=60, description="Own unless given / Egen")
    ] = None,
) -> Page[SpecialtyMapping]:
    slug = agency or caller.agency
    require_own(caller, slug)
    found = await store.list_mappings(db, slug, paging.offset, paging.fetch, what="specialty")
    items = [SpecialtyMapping(agency=slug, word=each["word"], specialty=each["code"]) for each in found]
    return Page(**paging.of(items))


@router.put(
    "/specialty-mappings/{slug}/{word:path}",
    summary="Let a word mean a specialty, for those already here too / Låt ett ord betyda en specialitet, "
    "även bakåt",
)
async def map_specialty(
    mongo: Transactions, caller: Writing, slug: AgencySlug, word: Word, body: SpecialtyBody
) -> SpecialtyMapping:
    async def work(tx: Transaction) -> None:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        await handlers.map_specialty(tx, slug, word, body.specialty)

    await mongo.transact(work)
    return SpecialtyMapping(agency=slug, word=word, specialty=body.specialty)


@router.delete(
    "/specialty-mappings/{slug}/{word:path}", status_code=204, summary="Forget a word / Glöm ett ord"
)
async def forget_specialty(mongo: Transactions, caller: Writing, slug: AgencySlug, word: Word) -> None:
    async def work(tx: Transaction) -> None:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        await handlers.forget_specialty(tx, slug, word)

    await mongo.transact(work)
