"""How an agency's feed is getting on, and what of it was refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from services.directory.api.agencies import AgencySlug, Reading, require_own
from services.directory.rules import feeds as rules
from services.directory.rules.refusals import in_swedish
from services.directory.store import agencies
from services.directory.store import feeds as store
from shared.backlog import backlog
from shared.contracts.topics import staff_topic
from shared.errors import Forbidden, NotFound
from shared.mongo import Document
from shared.web.fields import Answer, Page, Paging

router = APIRouter(prefix="/directory/v1/agencies/{slug}", tags=["agencies"])
_WEEK = timedelta(days=7)
_MOST = 1_000
_LONGEST_KEY = 200


class DoorCount(Answer):
    door: store.Door = Field(description="By which door / Genom vilken dörr", examples=["kafka"])
    records: int = Field(description="How many / Hur många", examples=[412])


class Feed(Answer):
    topic: str = Field(description="Where it is published / Dit den skickas", examples=["staff.csn"])
    state: rules.State = Field(
        description="never: nothing has come; flowing; quiet: nothing for seven days; stuck: the network "
        "could not handle something / never: inget har kommit; flowing: det kommer poster; quiet: inget på "
        "sju dagar; stuck: nätverket har misslyckats med något",
        examples=["flowing"],
    )
    last_at: datetime | None = Field(
        description="When the last records that could be read came / När de senaste läsbara posterna kom",
        examples=["2026-11-25T08:00:00Z"],
    )
    last_door: store.Door | None = Field(description="By which door / Genom vilken dörr", examples=["kafka"])
    week: list[DoorCount] = Field(description="In the last seven days / De senaste sju dagarna")
    refused: int = Field(
        description=f"In the last seven days, at most {_MOST} / De senaste sju dagarna, högst {_MOST}",
        examples=[3],
    )
    waiting: int | None = Field(
        description="Published and not taken in yet; null where Kafka does not answer / Skickade men inte "
        "inlästa än; null när Kafka inte svarar",
        examples=[12],
    )
    waiting_since: datetime | None = Field(
        description="When the oldest of them was published / När den äldsta av dem skickades",
        examples=["2026-11-25T07:57:00Z"],
    )
    failed: int = Field(
        description="Wait because of the network's own fault / Väntar på grund av nätverkets eget fel",
        examples=[0],
    )


class RefusedRecord(Answer):
    """Without what was in it. / Utan innehållet."""

    record: str = Field(description="Topic, partition, offset", examples=["staff.csn/0/17"])
    kind: store.Kind = Field(
        description="refused: yours to mend and send anew; failed: the network's / "
        "refused: er att rätta och skicka igen; failed: nätverkets",
        examples=["refused"],
    )
    employee_id: str | None = Field(
        description="The record's key / Postens nyckel", examples=["4711"], max_length=_LONGEST_KEY
    )
    reason: str = Field(examples=["data.given_name is missing"])
    reason_sv: str = Field(examples=["data.given_name saknas"])
    at: datetime = Field(description="When / När", examples=["2026-11-25T08:00:00Z"])


@router.get("/feed", summary="How its feed is getting on / Hur dess flöde mår")
async def read_feed(request: Request, caller: Reading, slug: AgencySlug) -> Feed:
    db, now = request.app.state.mongo.db, request.app.state.clock()
    if await agencies.find(db, slug) is None:
        raise NotFound("There is no such agency.")
    require_own(caller, slug)
    topic, settings = staff_topic(slug), request.app.state.service.settings
    last, week, refused, failed, waiting = await asyncio.gather(
        store.last(db, slug),
        store.since(db, slug, now - _WEEK),
        store.count_parked(db, slug, "refused", now - _WEEK, _MOST),
        store.count_parked(db, slug, "failed", datetime.min.replace(tzinfo=UTC), _MOST),
        backlog(settings, db, "directory", topic),
    )
    return Feed(
        topic=topic.name,
        state=rules.state(last["at"] if last else None, failed, now),
        last_at=last["at"] if last else None,
        last_door=last["door"] if last else None,
        week=[DoorCount(door=door, records=records) for door, records in week.items()],
        refused=refused,
        waiting=waiting.records if waiting else None,
        waiting_since=waiting.oldest_at if waiting else None,
        failed=failed,
    )


@router.get(
    "/refused",
    summary="Records that could not be taken in, the latest first / Poster som inte kunde tas in, senaste "
    "först",
)
async def list_refused(
    request: Request, caller: Reading, slug: AgencySlug, paging: Annotated[Paging, Depends()]
) -> Page[RefusedRecord]:
    """For the agency's coordinator alone; a refused one is forgotten after 90 days."""
    db = request.app.state.mongo.db
    if await agencies.find(db, slug) is None:
        raise NotFound("There is no such agency.")
    if not (caller.coordinator and caller.agency == slug):
        raise Forbidden("Only the agency's coordinators may see what was refused.")
    found = await store.parked(db, slug, paging.offset, paging.fetch)
    return Page(**paging.of([_answer(each) for each in found]))


def _answer(parked: Document) -> RefusedRecord:
    key = parked["key"]
    return RefusedRecord(
        record=parked["_id"],
        kind=parked["kind"],
        employee_id=None if key is None else key.decode(errors="replace")[:_LONGEST_KEY],
        reason=parked["reason"],
        reason_sv=in_swedish(parked["reason"]),
        at=parked["at"],
    )
