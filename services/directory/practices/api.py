"""The practice library over HTTP."""

from typing import Annotated

import uuid_utils
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from services.directory.agencies.api.agencies import Reading, Writing
from services.directory.agencies.store import agencies
from services.directory.people.api.mentions import speaker
from services.directory.practices import handlers, refusals, rules, store
from services.directory.practices.schemas import (
    Adoption,
    AgencyPractices,
    ComparedPractice,
    Comparison,
    NewPractice,
    PracticeAnswer,
    PracticeChange,
    PracticeSummary,
    TopicAnswer,
    summaries,
    whole,
)
from services.directory.search.engine.texts import beginnings
from services.directory.topics import TOPICS, topic_key, topic_of
from shared.mongo import Database, Document, Transaction
from shared.web.conditions import IfMatch, require_match
from shared.web.fields import Id, Page, Words, etag
from shared.web.needs import Db, Now, Once, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["practices"])
TopicQuery = Annotated[
    Words | None, Query(description="Topic, by any of its names / Ämne, vilket namn som helst")
]


@router.get("/practice-topics", summary="The controlled list of topics / Ämneslistan")
async def list_topics(_caller: Reading) -> Page[TopicAnswer]:
    """Practices may have other topics too; these are the ones that are compared best."""
    items = [TopicAnswer(topic=topic.sv, en=topic.en) for topic in TOPICS]
    return Page(items=items, page=1, limit=len(items))


@router.get("/practices", summary="How agencies do things / Så gör myndigheterna")
async def list_practices(
    *,
    db: Db,
    _caller: Reading,
    paging: Pages,
    q: Annotated[Words, Query(description="Words in it / Ord i den", examples=["friskvård"])] = "",
    topic: TopicQuery = None,
    agency: Annotated[Words | None, Query(description="Agency / Myndighet")] = None,
) -> Page[PracticeSummary]:
    """The one changed last first; where words are asked for, those that have them in their title."""
    key = topic_key(topic) if topic else None
    if asked := beginnings(q):
        found = rules.best_first(await store.search(db, asked, key, agency), asked)
        found = found[paging.offset : paging.offset + paging.fetch]
    else:
        found = await store.page(db, key, agency, paging.offset, paging.fetch)
    return Page(**paging.of(await summaries(db, [dict(each) for each in found])))


@router.post(
    "/practices",
    status_code=201,
    response_model=PracticeAnswer,
    summary="Write down how your agency does it / Skriv ner hur din myndighet gör",
)
async def write_practice(now: Now, once: Once, caller: Writing, body: NewPractice) -> JSONResponse:
    """With `from_answer_id` the accepted answer fills in what is left out."""
    practice_id = str(uuid_utils.uuid7())

    async def work(tx: Transaction) -> PracticeAnswer:
        owner = await speaker(tx, caller, body.owner_id, "owner_id")
        fields = body.model_dump(exclude={"owner_id"})
        practice = await handlers.write_down(tx, practice_id, owner, fields, now)
        return await whole(tx.db, practice)

    return await once(caller, work)


@router.get("/practices/compare", summary="Agencies side by side / Myndigheterna sida vid sida")
async def compare(
    db: Db,
    _caller: Reading,
    topic: Annotated[Words, Query(min_length=1, description="Topic / Ämne", examples=["friskvård"])],
) -> Comparison:
    """Every agency in the network, those without a practice on the topic too."""
    found = await store.on_topic(db, topic_key(topic))
    shown = await summaries(db, found)
    texts = {practice["_id"]: practice["text"] for practice in found}
    return Comparison(
        topic=topic_of(topic),
        agencies=[
            AgencyPractices(
                agency=agency["_id"],
                name=agency["name"],
                practices=[
                    ComparedPractice(**each.model_dump(), text=texts[each.id])
                    for each in shown
                    if each.agency == agency["_id"]
                ],
            )
            for agency in await agencies.list_all(db)
        ],
    )


@router.get("/practices/{practice_id}", summary="A practice / Ett arbetssätt")
async def read_practice(db: Db, response: Response, _caller: Reading, practice_id: Id) -> PracticeAnswer:
    practice = await _find(db, practice_id)
    response.headers["ETag"] = etag(practice["version"])
    return await whole(db, practice)


@router.patch("/practices/{practice_id}", summary="Change a practice / Ändra ett arbetssätt")
async def change_practice(
    *,
    mongo: Transactions,
    db: Db,
    now: Now,
    response: Response,
    caller: Writing,
    practice_id: Id,
    body: PracticeChange,
    if_match: IfMatch = None,
) -> PracticeAnswer:
    """Agencies that have taken it over are told when its title, topic or text changes."""
    changes = {
        name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None
    }

    async def work(tx: Transaction) -> Document:
        practice = await handlers.load_practice(tx, practice_id)
        if not caller.acts_for(practice["agency"], practice["owner_id"]):
            raise refusals.IsForPracticeOwner
        require_match(if_match, practice["version"])
        return await handlers.change(tx, practice, changes, caller.person_id, now)

    changed = await mongo.transact(work)
    response.headers["ETag"] = etag(changed["version"])
    return await whole(db, changed)


@router.post(
    "/practices/{practice_id}/adoptions",
    status_code=201,
    response_model=PracticeAnswer,
    summary="Take it over to your agency / Ta över det till din myndighet",
)
async def adopt_practice(
    now: Now, once: Once, caller: Writing, practice_id: Id, body: Adoption
) -> JSONResponse:
    """A practice of your agency's own, to change as you like; you are told when the original changes."""
    adopted_id = str(uuid_utils.uuid7())

    async def work(tx: Transaction) -> PracticeAnswer:
        original = await handlers.load_practice(tx, practice_id)
        owner = await speaker(tx, caller, body.owner_id, "owner_id")
        adopted = await handlers.adopt(tx, adopted_id, original, owner, now)
        return await whole(tx.db, adopted)

    return await once(caller, work)


async def _find(db: Database, practice_id: str) -> Document:
    practice = await store.find(db, practice_id)
    if practice is None:
        raise refusals.NoSuchPractice
    return practice
