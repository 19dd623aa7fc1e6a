"""The history of a profile, for the person and those who answer for the data."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.directory.agencies.api.agencies import Reading
from services.directory.conditions import language
from services.directory.people.api.profiles import require_person, sight_of
from services.directory.people.models import AuthorKind, FieldChange, HistoryEntry
from services.directory.people.rules.fields import hidden
from services.directory.people.store import history
from services.directory.refusals import IsForPersonOrAgency
from shared.audit import entries as audit
from shared.contracts.types import Language
from shared.web.fields import Answer, Id, Page
from shared.web.needs import Db, Pages, Transactions

router = APIRouter(prefix="/directory/v1", tags=["people"])
_WHY: dict[Language, dict[AuthorKind, str]] = {
    "sv": {
        "feed": "Ny uppgift från myndighetens system",
        "person": "Personen ändrade själv",
        "coordinator": "Myndighetens samordnare ändrade",
        "correction": "Samordnaren godtog ett rättelseförslag",
        "words": "Myndighetens ord eller regler tolkades på nytt",
    },
    "en": {
        "feed": "The agency's system said something new",
        "person": "The person changed it",
        "coordinator": "The agency's coordinator changed it",
        "correction": "The coordinator accepted a correction",
        "words": "The agency's words or rules were read anew",
    },
}


class ChangeAnswer(Answer):
    field: str = Field(examples=["phone"])
    before: Any = Field(default=None, description="As it was / Som det var", examples=["060-18 40 00"])
    after: Any = Field(default=None, description="As it became / Som det blev", examples=["060-18 40 01"])
    shown: bool = Field(
        description="false where the values are not kept or not for the reader / "
        "false när värdena inte sparas eller inte är för läsaren",
        examples=[True],
    )


class EntryAnswer(Answer):
    version: int = Field(
        description="The profile's version after it / Profilens version efteråt", examples=[4]
    )
    at: datetime = Field(examples=["2026-11-23T08:00:00Z"])
    kind: AuthorKind = Field(description="Who / Vem", examples=["coordinator"])
    by: str | None = Field(
        description="The person who did it; null for systems / Den som gjorde det; null för system",
        examples=["3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"],
    )
    why: str = Field(
        description="In the reader's language / På läsarens språk",
        examples=["Myndighetens samordnare ändrade"],
    )
    reason: str = Field(description="What they wrote about it / Vad de skrev om det", examples=["Ny telefon"])
    subject: str | None = Field(description="The correction, if any / Rättelsen, om någon", examples=[None])
    correlation: str | None = Field(
        description="Ties it to what caused it / Spår till orsaken", examples=["019358a0-0000"]
    )
    changes: list[ChangeAnswer] = Field(description="By field / Fält för fält")


@router.get("/people/{person_id}/history", summary="What was changed, by whom and why / Vad, av vem, varför")
async def read_history(
    request: Request, mongo: Transactions, db: Db, caller: Reading, person_id: Id, paging: Pages
) -> Page[EntryAnswer]:
    """The latest first; the latest two hundred are kept, for three years."""
    person = await require_person(db, caller, person_id)
    if not caller.acts_for(person["agency"], person_id):
        raise IsForPersonOrAgency("Only the person and their own agency read the history.")
    if not caller.is_person(person_id):
        about = {"agency": person["agency"], "person": person_id}
        await audit.record_reading(mongo, "history.read", **about)
    entries = await history.page(db, person_id, paging.offset, paging.fetch)
    unseen = hidden(person.get("visibility", {}), sight_of(caller, person))
    return Page(**paging.of([_answer(entry, unseen, language(request)) for entry in entries]))


def _answer(entry: HistoryEntry, unseen: frozenset[Any], reader: Language) -> EntryAnswer:
    return EntryAnswer(
        version=entry.version,
        at=entry.at,
        kind=entry.kind,
        by=entry.by,
        why=_WHY[reader][entry.kind],
        reason=entry.reason,
        subject=entry.subject,
        correlation=entry.correlation,
        changes=[_change(each, unseen) for each in entry.changes],
    )


def _change(change: FieldChange, unseen: frozenset[Any]) -> ChangeAnswer:
    if change.field in unseen or not change.has_values:
        return ChangeAnswer(field=change.field, shown=False)
    return ChangeAnswer(field=change.field, before=change.before, after=change.after, shown=True)
