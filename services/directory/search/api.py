"""People over HTTP: found by words."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.conditions import language
from services.directory.days import today
from services.directory.people.api.contacts import AS_VCARD, VCARD, as_vcards, wants
from services.directory.people.api.profiles import PersonAnswer, shown_fields
from services.directory.people.store import profiles
from services.directory.search.engine import Filters
from services.directory.search.needs import Index
from shared.auth import Caller
from shared.mongo import Database
from shared.web.fields import Page, Words
from shared.web.needs import Db, Now, Pages

router = APIRouter(prefix="/directory/v1", tags=["people"])


class FoundPerson(PersonAnswer):
    matched: list[str] = Field(
        description="Where the words were found / Var orden fanns", examples=[["role", "place"]]
    )


class FoundPage(Page[FoundPerson]):
    total: int | None = Field(
        default=None,
        description="How many there are, if asked for / Hur många, om det efterfrågas",
        examples=[12],
    )
    unknown: list[str] = Field(
        default=[],
        description="Words that nobody has, left out of the search / Ord som ingen har, som inte räknades",
        examples=[[]],
    )


@router.get(
    "/people",
    summary="Search people / Sök personer",
    response_model=FoundPage,
    responses=AS_VCARD,
)
async def search_people(
    *,
    request: Request,
    db: Db,
    now: Now,
    caller: Reading,
    index: Index,
    paging: Pages,
    q: Annotated[
        Words, Query(description="Any mix of words / Valfria ord", examples=["inköpare sundsvall"])
    ] = "",
    agency: Annotated[Words | None, Query(description="Agency / Myndighet")] = None,
    role: Annotated[Words | None, Query(description="Role code / Rollkod")] = None,
    specialty: Annotated[Words | None, Query(description="Specialty / Specialitet")] = None,
    place: Annotated[Words | None, Query(description="Place / Ort")] = None,
    group: Annotated[Words | None, Query(description="Group id / Grupp-id")] = None,
    count: Annotated[bool, Query(description="Say how many there are / Ange hur många")] = False,
) -> FoundPage | Response:
    """Best first; among equals the caller's own place and agency first. `Accept: text/vcard` gives vCards."""
    result = index.search(
        q,
        filters=Filters(agency=agency, role=role, specialty=specialty, place=place, group=group),
        near_place=await _place(db, caller),
        own_agency=caller.agency,
        limit=paging.fetch,
        offset=paging.offset,
        count=count,
    )
    found = await profiles.find_many(db, [hit.id for hit in result.hits])
    items = [
        FoundPerson(**shown_fields(found[hit.id], caller), matched=list(hit.matched))
        for hit in result.hits
        if hit.id in found
    ]
    if wants(request, VCARD):
        return await as_vcards(db, items[: paging.limit], language(request), today(now))
    return FoundPage(**paging.of(items), total=result.total, unknown=list(result.unknown))


async def _place(db: Database, caller: Caller) -> str | None:
    person = await profiles.find_one(db, caller.person_id) if caller.person_id else None
    return person["place"] if person else None
