"""The controlled list of roles, and how an agency's own words are read."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug, Reading, Writing, require_own
from services.directory.agencies.handlers import agencies as handlers
from services.directory.agencies.store import agencies as store
from services.directory.vocabulary import ROLES
from shared.contracts.types import Line, Text
from shared.mongo import Transaction
from shared.web.fields import Answer, Body, Page
from shared.web.needs import Db, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["roles"])
Word = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="As the agency writes it / Så som myndigheten skriver",
        examples=["Inköpsstrateg"],
    ),
    Line,
]
Code = Annotated[str, Field(description="Role code / Rollkod", examples=["upphandlare"])]


class RoleAnswer(Answer):
    code: Code
    sv: str = Field(description="In Swedish / På svenska", examples=["Upphandlare"])
    en: str = Field(description="In English / På engelska", examples=["Procurement officer"])
    assignment: bool = Field(
        description="Held beside another role / Ett uppdrag vid sidan av en annan roll", examples=[False]
    )
    synonyms: list[str] = Field(description="Other names / Andra namn", examples=[["inköpare"]])
    specialties: list[str] = Field(description="Specialties / Specialiteter", examples=[["ramavtal"]])
    specialties_en: list[str] = Field(
        description="The same in English, in the same order / Detsamma på engelska, i samma ordning",
        examples=[["framework agreements"]],
    )


class MappingBody(Body):
    code: Text = Field(description="Role code / Rollkod", examples=["upphandlare"])


class MappingAnswer(Answer):
    agency: str = Field(description="Agency / Myndighet", examples=["bolagsverket"])
    word: str = Field(description="The agency's word / Myndighetens ord", examples=["Inköpsstrateg"])
    code: Code


@router.get("/roles", summary="Roles and specialties / Roller och specialiteter")
async def list_roles(_caller: Reading, paging: Pages) -> Page[RoleAnswer]:
    listed = list(ROLES.values())[paging.offset : paging.offset + paging.fetch]
    return Page(
        **paging.of(
            [
                RoleAnswer(
                    code=role.code,
                    sv=role.sv,
                    en=role.en,
                    assignment=role.assignment,
                    synonyms=list(role.synonyms),
                    specialties=list(role.specialties),
                    specialties_en=list(role.specialties_en),
                )
                for role in listed
            ]
        )
    )


@router.get("/role-mappings", summary="How an agency's own words are read / Hur en myndighets ord tolkas")
async def list_mappings(
    db: Db,
    caller: Writing,
    paging: Pages,
    agency: Annotated[
        str | None, Query(pattern=r"^[a-z0-9-]+$", max_length=60, description="Own unless given / Egen")
    ] = None,
) -> Page[MappingAnswer]:
    slug = agency or caller.agency
    require_own(caller, slug)
    found = await store.list_mappings(db, slug, paging.offset, paging.fetch)
    return Page(**paging.of([MappingAnswer(agency=slug, word=m["word"], code=m["code"]) for m in found]))


@router.put(
    "/role-mappings/{slug}/{word:path}",
    summary="Let a word mean a role, for those already here too / Låt ett ord betyda en roll, även bakåt",
)
async def map_word(
    mongo: Transactions, caller: Writing, slug: AgencySlug, word: Word, body: MappingBody
) -> MappingAnswer:
    async def work(tx: Transaction) -> None:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        await handlers.map_word(tx, slug, word, body.code)

    await mongo.transact(work)
    return MappingAnswer(agency=slug, word=word, code=body.code)


@router.delete("/role-mappings/{slug}/{word:path}", status_code=204, summary="Forget a word / Glöm ett ord")
async def forget_word(mongo: Transactions, caller: Writing, slug: AgencySlug, word: Word) -> None:
    async def work(tx: Transaction) -> None:
        await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        await handlers.forget_word(tx, slug, word)

    await mongo.transact(work)
