"""`/<service>/v1/audit-entries`: an agency reads who did and read what of its own (O2). It is not written who
reads that: it would be read next time.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from shared.audit import entries
from shared.audit.entries import Wanted
from shared.auth import Caller, Scope
from shared.contracts.types import Slug
from shared.mongo import Document
from shared.refusals import IsForCoordinators, NoSuchAgency
from shared.web.fields import ID, Answer, Instant, Page, Words
from shared.web.needs import Db, Pages
from shared.web.policy import Bearer

ADMIN: Scope = "network:admin"
PERSON = "3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59"
Kind = Literal["person", "self", "system", "operator", "service", "anybody"]


class ActorAnswer(Answer):
    kind: Kind = Field(
        description="self: the person whom it is about; system: by its token; operator: at the command line; "
        "service: a service by itself; anybody: who has a link / self: personen själv; system: med sin "
        "nyckel; operator: på kommandoraden; service: en tjänst själv; anybody: den som har en länk",
        examples=["person"],
    )
    agency: str | None = Field(default=None, description="Theirs / Deras", examples=["bolagsverket"])
    person_id: str | None = Field(default=None, examples=[PERSON])
    token: str | None = Field(default=None, description="Its id / Nyckelns id", examples=[None])
    account: str | None = Field(default=None, description="Operator's / Operatörens konto", examples=[None])
    service: str | None = Field(default=None, description="Which / Vilken", examples=[None])


class AuditEntry(Answer):
    id: str = Field(examples=["019358a0-0000-7000-8000-000000000000"])
    at: datetime = Field(examples=["2026-11-26T08:00:00Z"])
    act: str = Field(description="noun.verb_past", examples=["token.created"])
    agency: str = Field(description="Whose affair it is / Vems sak det är", examples=["bolagsverket"])
    by: ActorAnswer = Field(description="Who / Vem")
    thing: str = Field(
        description="What it was done to, noun/id; may be empty / Vad det gällde; kan vara tomt",
        examples=["token/9f86d081884c7d65"],
    )
    person_id: str | None = Field(
        description="Whom it was done to; null for nobody and for those who are erased / Vem det gällde; "
        "null för ingen och för den som är borttagen",
        examples=[None],
    )
    details: dict[str, Any] = Field(examples=[{"scopes": ["staff:write"], "days": 365, "retired": []}])
    correlation: str | None = Field(
        description="Ties it to logs and messages / Spår till loggar och meddelanden", examples=["019358a0"]
    )
    batch: int = Field(description="Which seal covers it / Vilket sigill som täcker den", examples=[12])


def router(service: str, scope: Scope) -> APIRouter:
    """The one route, of this service."""
    made = APIRouter(prefix=f"/{service}/v1", tags=["audit"])
    policy = Bearer(scope, people=True)

    @made.get("/audit-entries", summary="Who did and read what, the latest first / Vem gjorde och läste vad")
    async def list_audit(
        *,
        db: Db,
        caller: Annotated[Caller, Depends(policy)],
        paging: Pages,
        agency: Annotated[Slug | None, Query(description="Own unless given / Egen")] = None,
        act: Annotated[Words | None, Query(description="Such as / Till exempel token.created")] = None,
        person: Annotated[str | None, Query(pattern=ID, description="Done to whom / Vem det gällde")] = None,
        by: Annotated[str | None, Query(pattern=ID, description="Who did it / Vem som gjorde det")] = None,
        since: Annotated[Instant | None, Query(description="From / Från")] = None,
        until: Annotated[Instant | None, Query(description="Before / Före")] = None,
    ) -> Page[AuditEntry]:
        """For the agency's coordinators and the network's administration. An entry is here a second or two
        after the act, when it is sealed. / För myndighetens samordnare och nätverkets administration.
        """
        wanted = Wanted(agency or caller.agency, act, person, by, since, until)
        _require_own(caller, wanted.agency)
        found = await entries.page(db, wanted, paging.offset, paging.fetch)
        return Page(**paging.of([_answer(each) for each in found]))

    return made


def _require_own(caller: Caller, agency: str) -> None:
    """
    Raises:
        NoSuchAgency: it is another agency's.
        IsForCoordinators: the caller does not coordinate this one. Not its systems either: they are in it.

    """
    if ADMIN in caller.scopes:
        return
    if caller.agency != agency:
        raise NoSuchAgency("There is no such agency here.")
    if not caller.coordinator:
        raise IsForCoordinators("Only the agency's coordinators may read its audit.")


def _answer(entry: Document) -> AuditEntry:
    shown = {name: entry[name] for name in AuditEntry.model_fields if name in entry}
    return AuditEntry(id=entry["_id"], person_id=entry["person"], **shown)
