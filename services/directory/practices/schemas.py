"""Practices as they are sent and shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.directory.people.api.mentions import THING, LongText, Mention, SpeakingFor, mention
from services.directory.people.models import Named
from services.directory.people.store import naming
from services.directory.practices import rules, store
from shared.contracts.types import Text
from shared.mongo import Database, Document
from shared.web.fields import ID, Answer, Body, Day

_DEEPEST = 20
Title = Annotated[
    Text, Field(description="What it is in a line / Vad det är på en rad", examples=["Friskvårdsbidrag"])
]
Topic = Annotated[
    Text,
    Field(
        description="One of GET /practice-topics, or a word of your own / Ett ämne ur listan, eller ett eget",
        examples=["friskvård"],
    ),
]
PracticeText = Annotated[
    LongText, Field(description="How it is done / Hur man gör", examples=["5 000 kronor om året mot kvitto."])
]
ReviewOn = Annotated[
    Day, Field(description="To be looked at again on / Ses över den", examples=["2027-11-25"])
]


class NewPractice(Body):
    title: Title | None = None
    topic: Topic | None = None
    text: PracticeText | None = None
    from_answer_id: str | None = Field(
        default=None,
        pattern=ID,
        description="An accepted answer to take over / Ett godtaget svar att ta över",
        examples=[None],
    )
    review_on: ReviewOn | None = None
    owner_id: SpeakingFor | None = None


class PracticeChange(Body):
    """What is left out stays as it is / Det som utelämnas ändras inte."""

    title: Title | None = None
    topic: Topic | None = None
    text: PracticeText | None = None
    review_on: ReviewOn | None = None
    owner_id: SpeakingFor | None = None
    withdrawn: bool | None = Field(default=None, description="No longer used / Används inte längre")
    caught_up: bool | None = Field(
        default=None, description="We have looked at the original's change / Vi har sett originalets ändring"
    )


class Adoption(Body):
    owner_id: SpeakingFor | None = None


class TopicAnswer(Answer):
    topic: str = Field(description="Topic / Ämne", examples=["friskvård"])
    en: str = Field(description="In English / På engelska", examples=["wellness"])


class PracticeRef(Answer):
    id: str = Field(examples=[THING])
    agency: str = Field(description="Agency / Myndighet", examples=["csn"])
    title: Title
    withdrawn: bool = Field(description="No longer used / Används inte längre", examples=[False])


class PracticeSummary(PracticeRef):
    topic: Topic
    owner: Mention | None = Field(description="Who keeps it / Vem som ansvarar")
    review_on: date = Field(description="To be looked at again on / Ses över den", examples=["2027-11-25"])
    behind: bool = Field(
        description="Its original has changed since / Originalet har ändrats sedan dess", examples=[False]
    )
    changed_at: datetime = Field(
        description="Last changed / Senast ändrad", examples=["2026-11-25T09:00:00Z"]
    )
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


class ComparedPractice(PracticeSummary):
    text: str = Field(description="How it is done / Hur man gör", examples=["5 000 kronor om året."])


class PracticeAnswer(ComparedPractice):
    credited: Mention | None = Field(description="Whose answer it began as / Vems svar det började som")
    from_question_id: str | None = Field(description="The question / Frågan", examples=[None])
    chain: list[PracticeRef] = Field(
        description="Where it came from, the first first / Varifrån det kommer, det första först"
    )
    adopted_by: list[PracticeRef] = Field(description="Who has taken it over / Vilka som har tagit över det")


class AgencyPractices(Answer):
    agency: str = Field(description="Agency / Myndighet", examples=["csn"])
    name: str = Field(description="Its name / Namn", examples=["CSN"])
    practices: list[ComparedPractice] = Field(
        description="None: not written down yet / Inga: inte nedskrivet"
    )


class Comparison(Answer):
    topic: Topic
    agencies: list[AgencyPractices]


def _ref(practice: Document) -> PracticeRef:
    shown = {name: practice[name] for name in ("agency", "title", "withdrawn")}
    return PracticeRef(id=practice["_id"], **shown)


async def summaries(db: Database, practices: list[Document]) -> list[PracticeSummary]:
    people = await naming.named(db, [practice["owner_id"] for practice in practices])
    from_ids = [each["adopted_from"]["practice_id"] for each in practices if each["adopted_from"]]
    originals = await store.find_many(db, from_ids) if from_ids else {}
    return [_summary(practice, people, originals) for practice in practices]


def _summary(
    practice: Document, people: Mapping[str, Named], originals: dict[str, Document]
) -> PracticeSummary:
    adopted = practice["adopted_from"]
    original = originals.get(adopted["practice_id"]) if adopted else None
    return PracticeSummary(
        **_ref(practice).model_dump(),
        topic=practice["topic"],
        owner=mention(people, practice["owner_id"]),
        review_on=practice["review_on"],
        behind=rules.is_behind(practice, original),
        changed_at=practice["changed_at"],
        version=practice["version"],
    )


async def whole(db: Database, practice: Document) -> PracticeAnswer:
    people = await naming.named(db, [practice["owner_id"], practice["credited_id"]])
    known = await _ancestors(db, practice)
    adopters = await store.find_adopters(db, practice["_id"])
    return PracticeAnswer(
        **_summary(practice, people, known).model_dump(),
        text=practice["text"],
        credited=mention(people, practice["credited_id"]),
        from_question_id=practice["from_question_id"],
        chain=[_ref(dict(each)) for each in rules.chain(practice, known)],
        adopted_by=[_ref(each) for each in adopters],
    )


async def _ancestors(db: Database, practice: Document) -> dict[str, Document]:
    known: dict[str, Document] = {}
    adopted = practice["adopted_from"]
    while adopted and adopted["practice_id"] not in known and len(known) < _DEEPEST:
        found = await store.find(db, adopted["practice_id"])
        if found is None:
            break
        known[found["_id"]] = found
        adopted = found["adopted_from"]
    return known
