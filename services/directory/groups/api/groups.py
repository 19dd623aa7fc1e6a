"""Groups across agencies over HTTP."""

from collections.abc import Iterable
from typing import Annotated, Literal

import uuid_utils
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.conditions import language
from services.directory.days import today
from services.directory.groups import refusals
from services.directory.groups.handlers import groups as handlers
from services.directory.groups.handlers import life as group_life
from services.directory.groups.rules.life import owner_is_gone
from services.directory.groups.store import groups as store
from services.directory.people.api.contacts import AS_VCARD, VCARD, as_vcards, wants
from services.directory.people.api.mentions import LongText
from services.directory.people.api.profiles import person_answer
from services.directory.people.rules import vcard
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.refusals import IsForPersonOrAgency, NoSuchGroup
from shared.auth import Caller
from shared.contracts.types import OptionalText, Text
from shared.errors import Invalid
from shared.mongo import Document, Transaction
from shared.refusals import NoSuchPerson
from shared.web.conditions import IfMatch, require_match
from shared.web.fields import ID, Answer, Body, Id, Page, etag
from shared.web.needs import Db, Now, Once, Pages, Transactions
from shared.wrong_fields import IsMissing

router = APIRouter(prefix="/directory/v1", tags=["groups"])
_PERSON = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"
Name = Annotated[Text, Field(description="Name / Namn", examples=["Löpning vid lunch"])]
Purpose = Annotated[OptionalText, Field(description="What for / Syfte", examples=["Vi springer på onsdagar"])]
Owner = Annotated[str, Field(pattern=ID, description="Who keeps it / Vem som ansvarar", examples=[_PERSON])]


Stage = Literal["informal", "structured"]
Mandate = Annotated[LongText, Field(description="What it is to do / Uppdrag", examples=["Gemensamma mallar"])]


class NewGroup(Body):
    name: Name
    purpose: Purpose = ""
    owner_id: Owner | None = Field(
        default=None, description="The caller unless given; systems give it / Anroparen om inget anges"
    )


class GroupChange(Body):
    """What is left out stays as it is / Det som utelämnas ändras inte."""

    name: Name | None = None
    purpose: Purpose | None = None
    owner_id: Owner | None = None
    stage: Stage | None = Field(
        default=None,
        description="informal, or structured with a mandate and a convenor. To answer a proposal with "
        "informal is to be asked again in a year / informell, eller strukturerad med uppdrag och "
        "sammankallande. Den som svarar informell på ett förslag får frågan igen om ett år",
    )
    mandate: Mandate | None = None
    convenor_id: Owner | None = Field(default=None, description="Who convenes it / Sammankallande")


class GroupSummary(Answer):
    id: str = Field(examples=["019358a0-0000-7000-8000-000000000000"])
    name: Name
    purpose: Purpose
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


class GroupAnswer(GroupSummary):
    owner_id: str | None = Field(description="Who keeps it / Vem som ansvarar", examples=[_PERSON])
    members: list[str] = Field(description="Person ids / Personers id", examples=[[_PERSON]])
    stage: Stage = Field(description="informal, structured / informell, strukturerad", examples=["informal"])
    mandate: str = Field(description="What it is to do / Uppdrag", examples=["Gemensamma mallar"])
    convenor_id: str | None = Field(description="Who convenes it / Sammankallande", examples=[None])
    owner_wanted: bool = Field(
        description="The owner is gone; any member may take over / Ägaren är borta; varje medlem får ta över",
        examples=[False],
    )
    proposed_because: str | None = Field(
        description="age or activity: it is proposed to have structure / ålder eller aktivitet: den föreslås "
        "få struktur",
        examples=[None],
    )


def _answer(document: Document) -> GroupAnswer:
    state = store.public_state(document)
    convenor = document.get("convenor_id")
    return GroupAnswer(
        **state.model_dump(exclude={"deleted"}),
        stage=document.get("stage", "informal"),
        mandate=document.get("mandate", ""),
        convenor_id=convenor if convenor in document["members"] else None,
        owner_wanted=owner_is_gone(document),
        proposed_because=document.get("proposed_because"),
    )


@router.get("/groups", summary="Groups / Grupper")
async def list_groups(
    db: Db,
    _caller: Reading,
    paging: Pages,
    member: Annotated[str | None, Query(pattern=ID, description="Person id")] = None,
) -> Page[GroupSummary]:
    found = await store.list_page(db, member, paging.offset, paging.fetch)
    return Page(**paging.of(summaries(found)))


def summaries(found: Iterable[Document]) -> list[GroupSummary]:
    return [
        GroupSummary(id=d["_id"], name=d["name"], purpose=d["purpose"], version=d["version"]) for d in found
    ]


@router.post(
    "/groups", status_code=201, response_model=GroupAnswer, summary="Start a group / Starta en grupp"
)
async def create_group(now: Now, once: Once, caller: Writing, body: NewGroup) -> JSONResponse:
    group_id = str(uuid_utils.uuid7())
    owner_id = body.owner_id or caller.person_id
    if owner_id is None:
        raise Invalid(owner_id=IsMissing("is missing: a group always has an owner"))

    async def work(tx: Transaction) -> GroupAnswer:
        await _require_acting_for(tx, caller, owner_id)
        created = await handlers.create_group(
            tx,
            group_id,
            name=body.name,
            purpose=body.purpose,
            owner_id=owner_id,
            now=now,
        )
        return _answer(created)

    return await once(caller, work)


@router.get(
    "/groups/{group_id}", summary="A group / En grupp", response_model=GroupAnswer, responses=AS_VCARD
)
async def read_group(
    request: Request, db: Db, now: Now, response: Response, caller: Reading, group_id: Id
) -> GroupAnswer | Response:
    """With `Accept: text/vcard` as a vCard of each member, then one of the group."""
    document = await store.find(db, group_id)
    if not document:
        raise NoSuchGroup
    if wants(request, VCARD):
        people = await profiles.find_many(db, document["members"])
        shown = [person_answer(people[id_], caller) for id_ in document["members"] if id_ in people]
        # Last: programs that show one card of a file show its first.
        last = vcard.group(group_id, document["name"], [each.id for each in shown])
        return await as_vcards(db, shown, language(request), today(now), last, name=group_id)
    response.headers["ETag"] = etag(document["version"])
    return _answer(document)


@router.patch("/groups/{group_id}", summary="Change a group / Ändra en grupp")
async def change_group(
    *,
    mongo: Transactions,
    now: Now,
    response: Response,
    caller: Writing,
    group_id: Id,
    body: GroupChange,
    if_match: IfMatch = None,
) -> GroupAnswer:
    changes = {
        name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None
    }

    async def work(tx: Transaction) -> Document:
        group = await handlers.load_group(tx, group_id)
        if _takes_over(caller, group, changes):
            return await group_life.take_over(tx, group, changes["owner_id"])
        await _require_owner(tx, caller, group)
        require_match(if_match, group["version"])
        return await group_life.change(tx, group, changes, now)

    changed = await mongo.transact(work)
    response.headers["ETag"] = etag(changed["version"])
    return _answer(changed)


@router.put("/groups/{group_id}/members/{person_id}", summary="Join / Gå med")
async def join_group(mongo: Transactions, caller: Writing, group_id: Id, person_id: Id) -> GroupAnswer:
    async def work(tx: Transaction) -> Document:
        await _require_may_move(tx, caller, group_id, person_id)
        return await handlers.add_member(tx, group_id, person_id)

    return _answer(await mongo.transact(work))


@router.delete("/groups/{group_id}/members/{person_id}", status_code=204, summary="Leave / Lämna")
async def leave_group(mongo: Transactions, caller: Writing, group_id: Id, person_id: Id) -> None:
    async def work(tx: Transaction) -> None:
        await _require_may_move(tx, caller, group_id, person_id)
        await handlers.remove_member(tx, group_id, person_id)

    await mongo.transact(work)


async def _require_may_move(tx: Transaction, caller: Caller, group_id: str, person_id: str) -> None:
    """The person, their agency, or the group's owner, to whom only those whom all may see exist."""
    group = await handlers.load_group(tx, group_id)
    if caller.is_person(group["owner_id"]):
        person = (await profiles.load_many(tx, [person_id])).get(person_id)
        if person is not None and is_visible(person):
            return
    await _require_acting_for(tx, caller, person_id)


def _takes_over(caller: Caller, group: Document, changes: Document) -> bool:
    mine = changes.keys() == {"owner_id"} and caller.is_person(changes["owner_id"])
    return mine and owner_is_gone(group) and changes["owner_id"] in group["members"]


async def require_keeper(tx: Transaction, caller: Caller, group: Document) -> None:
    """
    Raises:
        Forbidden: the caller is not the group's convenor and does not act for its owner.

    """
    if not caller.is_person(group.get("convenor_id")):
        await _require_owner(tx, caller, group)


async def _require_owner(tx: Transaction, caller: Caller, group: Document) -> None:
    owner = (await profiles.load_many(tx, [group["owner_id"]])).get(group["owner_id"])
    if owner is None or not caller.acts_for(owner["agency"], owner["_id"]):
        raise refusals.IsForOwner


async def _require_acting_for(tx: Transaction, caller: Caller, person_id: str) -> None:
    """
    Raises:
        NotFound: there is nobody whom this caller may know of.
        Forbidden: the caller neither is this person nor acts for their agency.

    """
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    acting = person is not None and caller.acts_for(person["agency"], person_id)
    if person is None or not (acting or is_visible(person)):
        raise NoSuchPerson
    if not acting:
        raise IsForPersonOrAgency
