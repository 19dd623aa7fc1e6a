"""What the directory holds on a person: given out, erased, and how long it is kept (O1)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.agencies.rules import NETWORK_ADMIN
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.privacy import refusals
from services.directory.privacy.api.privacy import PrivacyRequestAnswer, answer_of
from services.directory.privacy.handlers import erasing as handlers
from services.directory.privacy.handlers import privacy
from services.directory.privacy.store.records import CLASSES
from shared.auth import Caller
from shared.mongo import Database, Document, Transaction
from shared.refusals import NoSuchPerson
from shared.web.fields import Answer, Body, Id, Page
from shared.web.needs import Db, Now, Transactions

router = APIRouter(prefix="/directory/v1", tags=["records"])
_PERSON = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"
ClassName = Annotated[str, Field(description="Class / Slag", examples=["answers"])]


class Export(Answer):
    """What the directory holds, at once; what the other services hold comes with the request. / Det katalogen
    har, genast; det som övriga tjänster har följer med begäran.
    """

    person_id: str = Field(examples=[_PERSON])
    request: PrivacyRequestAnswer
    made_at: datetime = Field(description="When / När", examples=["2026-11-25T09:00:00Z"])
    records: dict[str, list[dict[str, Any]]] = Field(
        description="Everything, by class / Allt, efter slag", examples=[{"people": []}]
    )


class ErasureRequest(Body):
    dry_run: bool = Field(
        default=True,
        description="Only say what would be erased / Bara säga vad som skulle tas bort",
        examples=[True],
    )


class Erased(Answer):
    name: ClassName
    sv: str = Field(description="What it is, in Swedish / Vad det är", examples=["Svar som personen gav"])
    en: str = Field(description="What it is, in English / På engelska", examples=["Answers that they gave"])
    records: int = Field(description="How many / Hur många", examples=[3])
    action: str = Field(
        description="deleted; unnamed: stays without the person; blanked: a marker stays; taken_out / "
        "borttaget; avidentifierat; tömt: en markering finns kvar; utplockad",
        examples=["unnamed"],
    )


class Erasure(Answer):
    person_id: str = Field(examples=[_PERSON])
    dry_run: bool = Field(description="Nothing was erased / Inget togs bort", examples=[True])
    classes: list[Erased] = Field(description="In the directory / I katalogen")
    request: PrivacyRequestAnswer


class Retention(Answer):
    name: ClassName
    sv: str = Field(description="What it is, in Swedish / Vad det är", examples=["Svar som personen gav"])
    en: str = Field(description="What it is, in English / På engelska", examples=["Answers that they gave"])
    keep_days: int | None = Field(
        description="Days after `since`; none: as long as the person is here / Dagar efter `since`; tomt: så "
        "länge personen finns här",
        examples=[1095],
    )
    since: str = Field(description="Counted from / Räknas från", examples=["left_at"])


@router.get("/retention", summary="How long what is kept / Hur länge det sparas")
async def list_retention(_caller: Reading) -> Page[Retention]:
    items = [Retention(**{name: getattr(each, name) for name in Retention.model_fields}) for each in CLASSES]
    return Page(items=items, page=1, limit=len(items))


@router.post(
    "/people/{person_id}/export", summary="All that is held on a person / Allt som finns om en person"
)
async def export_person(mongo: Transactions, db: Db, now: Now, caller: Writing, person_id: Id) -> Export:
    """For the person, their agency's coordinators and the network's administration. Every service is asked;
    follow the request to see which have answered, and to fetch it all.
    """
    person = await _require_own(db, caller, person_id)
    records = await handlers.export(mongo, person)
    asked = await mongo.transact(lambda tx: privacy.ask_about(tx, "export", person, None, now))
    return Export(person_id=person_id, request=answer_of(asked), made_at=now, records=records)


@router.post("/people/{person_id}/erasure", summary="Erase a person / Ta bort en person")
async def erase_person(
    mongo: Transactions,
    db: Db,
    now: Now,
    caller: Writing,
    person_id: Id,
    body: ErasureRequest,
) -> Erasure:
    """A dry run unless it is said that it is none. Here at once, in every service within seconds, with a
    receipt each; a service that is down does it when it is back. A name in what others wrote is listed by the
    dry run and then taken out. The agency's system brings back whom it goes on reporting as employed.
    """
    person = await _require_own(db, caller, person_id)
    found = await handlers.counts(db, person)
    wanted = await privacy.look_for(db, [person])

    async def work(tx: Transaction) -> Document:
        if body.dry_run:
            return await privacy.ask_about(tx, "count", person, wanted, now)
        asked = await handlers.erase(tx, [person_id], wanted, now)
        if asked is None:
            raise NoSuchPerson
        return asked

    asked = await mongo.transact(work)
    classes = [
        Erased(name=each.name, sv=each.sv, en=each.en, records=found[each.name], action=each.action)
        for each in CLASSES
    ]
    return Erasure(person_id=person_id, dry_run=body.dry_run, classes=classes, request=answer_of(asked))


async def _require_own(db: Database, caller: Caller, person_id: str) -> Document:
    """
    Raises:
        NotFound: there is nobody, or nobody whom this caller may know of.
        Forbidden: somebody else's affair.

    """
    person = await profiles.find_one(db, person_id)
    admin = NETWORK_ADMIN in caller.scopes
    own = not caller.is_system and person is not None and caller.acts_for(person["agency"], person_id)
    if person is None or not (admin or own or is_visible(person)):
        raise NoSuchPerson
    if not (admin or own):
        raise refusals.IsForPersonOrNetwork
    return person
