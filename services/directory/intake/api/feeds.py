"""How an agency's feed is getting on, and what of it was refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from services.directory.agencies.api.agencies import AgencySlug, Reading, Writing, require_own
from services.directory.agencies.store import agencies
from services.directory.intake.handlers import versions
from services.directory.intake.models import Door
from services.directory.intake.rules import feeds as rules
from services.directory.intake.rules.refusals import in_swedish
from services.directory.intake.store import feeds as store
from shared.consuming import interruptions
from shared.consuming.backlog import backlog
from shared.consuming.resuming import Break
from shared.contracts.topics import staff_topic
from shared.contracts.types import Text
from shared.mongo import Document
from shared.refusals import IsForCoordinators, NoSuchAgency
from shared.web.fields import Answer, Body, Page
from shared.web.needs import Db, Now, Pages, Settings, Transactions

router = APIRouter(prefix="/directory/v1/agencies/{slug}", tags=["agencies"])
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=28)
_MOST_INTERRUPTIONS = 20
_MOST = 1_000
_LONGEST_KEY = 200


class DoorCount(Answer):
    door: Door = Field(description="By which door / Genom vilken dörr", examples=["kafka"])
    records: int = Field(description="How many / Hur många", examples=[412])


class Interruption(Answer):
    """A place in the topic that can't be read or is not what it was. / Ett ställe som inte går att läsa eller
    inte är som det var.
    """

    kind: Break = Field(
        description="unreadable: can't be unpacked; gap: Kafka dropped it before it was read; went_back: "
        "Kafka has lost what was read; remade: the topic was made again / unreadable: går inte att packa "
        "upp; gap: Kafka tog bort det innan det lästes; went_back: Kafka har förlorat det som lästs; remade: "
        "ämnet har gjorts om",
        examples=["unreadable"],
    )
    partition: int = Field(description="Where / Var", examples=[0])
    first: int = Field(description="The first offset / Första platsen", examples=[17])
    next: int = Field(description="The first offset behind it / Första platsen efter", examples=[29])
    why: Literal["", "codec", "checksum", "too_large", "broken"] = Field(
        description="codec: packed in a way that Kafka does not have; checksum: changed on its way; "
        "too_large: unpacks into more than 32 MB; broken / codec: packat på ett sätt som Kafka inte har; "
        "checksum: ändrat på vägen; too_large: blir över 32 MB; broken: trasigt",
        examples=["codec"],
    )
    at: datetime = Field(
        description="When it was noticed / När det upptäcktes", examples=["2026-11-25T08:00:00Z"]
    )
    until: datetime | None = Field(
        description="When it was over; null while what lies behind it waits / När det var över; null så "
        "länge det som ligger efter väntar",
        examples=[None],
    )
    passed_over: bool = Field(
        description="Its sender needs to send it again / Avsändaren behöver skicka det igen",
        examples=[False],
    )


class Feed(Answer):
    topic: str = Field(description="Where it is published / Dit den skickas", examples=["staff.csn"])
    state: rules.State = Field(
        description="never: nothing has come; flowing; quiet: nothing for seven days; stuck: the network "
        "could not handle something; unreadable: bytes on Kafka can't be unpacked, and what was sent after "
        "them waits / never: inget har kommit; flowing: det kommer poster; quiet: inget på sju dagar; stuck: "
        "nätverket har misslyckats med något; unreadable: något på Kafka går inte att packa upp, och det som "
        "skickats efter det väntar",
        examples=["flowing"],
    )
    last_at: datetime | None = Field(
        description="When the last records that could be read came / När de senaste läsbara posterna kom",
        examples=["2026-11-25T08:00:00Z"],
    )
    last_door: Door | None = Field(description="By which door / Genom vilken dörr", examples=["kafka"])
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
    interruptions: list[Interruption] = Field(
        description="What holds it up, and what was lost in the last 28 days: to be sent again / Det som "
        "stoppar, och det som gått förlorat de senaste 28 dagarna: behöver skickas igen"
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
async def read_feed(settings: Settings, db: Db, now: Now, caller: Reading, slug: AgencySlug) -> Feed:
    if await agencies.find(db, slug) is None:
        raise NoSuchAgency
    require_own(caller, slug)
    topic = staff_topic(slug)
    last, week, refused, failed, waiting, broken = await asyncio.gather(
        store.last(db, slug),
        store.since(db, slug, now - _WEEK),
        store.count_parked(db, slug, "refused", now - _WEEK, _MOST),
        store.count_parked(db, slug, "failed", datetime.min.replace(tzinfo=UTC), _MOST),
        backlog(settings, db, "directory", topic),
        interruptions.of_topic(db, topic.name, now - _MONTH, _MOST_INTERRUPTIONS),
    )
    return Feed(
        topic=topic.name,
        state=rules.state(
            last["at"] if last else None,
            failed,
            now,
            unreadable=any(each["until"] is None for each in broken),
        ),
        last_at=last["at"] if last else None,
        last_door=last["door"] if last else None,
        week=[DoorCount(door=door, records=records) for door, records in week.items()],
        refused=refused,
        waiting=waiting.records if waiting else None,
        # A clock that no calendar knows says nothing of since when.
        waiting_since=(waiting.oldest_at or now) if waiting and waiting.records else None,
        interruptions=[_interruption(each) for each in broken],
        failed=failed,
    )


def _interruption(found: Document) -> Interruption:
    return Interruption(**{name: found[name] for name in Interruption.model_fields})


@router.get(
    "/refused",
    summary="Records that could not be taken in, the latest first / Poster som inte kunde tas in, senaste "
    "först",
)
async def list_refused(db: Db, caller: Reading, slug: AgencySlug, paging: Pages) -> Page[RefusedRecord]:
    """For the agency's coordinator alone; a refused one is forgotten after 90 days."""
    if await agencies.find(db, slug) is None:
        raise NoSuchAgency
    if not (caller.coordinator and caller.agency == slug):
        raise IsForCoordinators("Only the agency's coordinators may see what was refused.")
    found = await store.parked(db, slug, paging.offset, paging.fetch)
    return Page(**paging.of([_answer(each) for each in found]))


class VersionReset(Body):
    employee_ids: list[Text] | None = Field(
        default=None,
        max_length=_MOST,
        description="Of whom; null: of everybody / För vilka; null: för alla",
        examples=[["4711"]],
    )


class VersionsForgotten(Answer):
    people: int = Field(description="How many people / Hur många personer", examples=[1])


@router.post(
    "/feed/version-resets",
    summary="Forget versions, when a feed counts from the start again / Glöm versioner, när ett flöde räknar "
    "från början igen",
)
async def reset_versions(
    mongo: Transactions, caller: Writing, slug: AgencySlug, body: VersionReset
) -> VersionsForgotten:
    """The next record of each counts, whatever its version. For the agency's coordinators. / Nästa post om
    var och en gäller, vilken version den än har. För myndighetens samordnare.
    """
    if not (caller.coordinator and caller.agency == slug):
        raise IsForCoordinators("Only the agency's coordinators may do this.")
    people = await mongo.transact(lambda tx: versions.forget(tx, slug, body.employee_ids))
    return VersionsForgotten(people=people)


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
