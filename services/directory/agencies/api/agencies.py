"""Agencies over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from services.directory.agencies import refusals
from services.directory.agencies.handlers import agencies as handlers
from services.directory.agencies.rules import NETWORK_ADMIN
from services.directory.agencies.store import agencies as store
from shared.auth import Caller
from shared.contracts.topics import staff_topic
from shared.contracts.types import Address, Text
from shared.mongo import Document, Transaction
from shared.refusals import IsForCoordinators, NoSuchAgency
from shared.web.conditions import IfMatch, require_match
from shared.web.fields import Answer, Body, Page, etag
from shared.web.needs import Db, Pages, Transactions
from shared.web.policy import Bearer

router = APIRouter(prefix="/directory/v1", tags=["agencies"])
Admin = Annotated[Caller, Depends(Bearer(NETWORK_ADMIN))]
Reading = Annotated[Caller, Depends(Bearer("directory:read", people=True))]
Writing = Annotated[Caller, Depends(Bearer("directory:write", people=True))]
AgencySlug = Annotated[
    str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["bolagsverket"])
]
Protection = Literal["carried", "left_out", "undeclared"]

_DOMAIN = r"^[a-z0-9åäö-]+(\.[a-z0-9åäö-]+)+$"
_ABOUT_PROTECTION = (
    "Whether the feed carries protected people with their flag, leaves them out, or nobody has said so: then "
    "everybody at the agency is protected / Om flödet har med skyddade personer med markering, utelämnar "
    "dem, eller om ingen har sagt något: då är alla på myndigheten skyddade"
)
Name = Annotated[Text, Field(description="Short name / Kortnamn", examples=["Bolagsverket"])]
FullName = Annotated[Text, Field(description="Full name / Fullständigt namn", examples=["Bolagsverket"])]
EnglishName = Annotated[
    Text,
    Field(description="English name / Engelskt namn", examples=["Swedish Companies Registration Office"]),
]
Kind = Annotated[Text, Field(description="Kind / Slag", examples=["myndighet"])]
Places = Annotated[
    list[Text], Field(max_length=100, description="Where it is / Orter", examples=[["Sundsvall"]])
]
MailDomain = Annotated[
    str,
    Field(pattern=_DOMAIN, max_length=253, description="Mail domain / E-postdomän", examples=["bv.example"]),
]
RoleMailboxes = Annotated[
    dict[str, Address],
    Field(
        max_length=100,
        description="Role to shared mailbox, for those who may not be named / "
        "Roll till funktionsbrevlåda, för dem som inte får nämnas",
        examples=[{"upphandlare": "upphandling@bv.example"}],
    ),
]
ProtectionField = Annotated[Protection, Field(description=_ABOUT_PROTECTION, examples=["carried"])]


PersonIds = Annotated[
    list[Text], Field(max_length=50, description="Person ids / Personers id", examples=[[]])
]


class AgencyChange(Body):
    """What is left out stays as it is / Det som utelämnas ändras inte."""

    name: Name | None = None
    full_name: FullName | None = None
    name_en: EnglishName | None = None
    kind: Kind | None = None
    places: Places | None = None
    mail_domain: MailDomain | None = Field(
        default=None,
        description="Mail domain, no other agency's, set by the network / E-postdomän, ingen annan "
        "myndighets, sätts av nätverket",
    )
    role_mailboxes: RoleMailboxes | None = None
    protection: ProtectionField | None = None
    coordinators: PersonIds | None = Field(
        default=None,
        description="Person ids; set by its coordinators or the network / Personers id; sätts av samordnarna "
        "eller nätverket",
    )
    steering: PersonIds | None = Field(
        default=None,
        description="Its members of the steering committee, set by the network / "
        "Dess ledamöter i styrgruppen, sätts av nätverket",
    )


class AgencyAnswer(Answer):
    slug: str = Field(description="Its name in addresses / Namnet i adresser", examples=["bolagsverket"])
    name: Name
    full_name: FullName
    name_en: EnglishName
    kind: Kind
    places: Places
    mail_domain: MailDomain
    coordinators: list[str] = Field(description="Person ids / Personers id", examples=[[]])
    steering: list[str] = Field(
        description="Its members of the steering committee, person ids / Dess ledamöter i styrgruppen",
        examples=[[]],
    )
    role_mailboxes: RoleMailboxes
    feed_topic: str = Field(
        description="Where its systems publish staff / Dit dess system skickar personalposter",
        examples=["staff.bolagsverket"],
    )
    protection: ProtectionField | None = Field(
        default=None, description="For the agency itself / För myndigheten själv", examples=["carried"]
    )
    version: int = Field(description="Rises at each change / Ökar vid varje ändring", examples=[1])


def agency_answer(document: Document, caller: Caller) -> AgencyAnswer:
    own = may_change(caller, document["_id"])
    return AgencyAnswer(
        slug=document["_id"],
        feed_topic=staff_topic(document["_id"]).name,
        protection=document["protection"] if own else None,
        steering=document.get("steering", []),
        **{name: document[name] for name in AgencyAnswer.model_fields if name not in _COMPUTED},
    )


_COMPUTED = {"slug", "feed_topic", "protection", "steering"}


def may_change(caller: Caller, slug: str) -> bool:
    return caller.acts_for(slug) or NETWORK_ADMIN in caller.scopes


def require_own(caller: Caller, slug: str) -> None:
    """
    Raises:
        Forbidden: the caller neither acts for this agency nor for the network.

    """
    if not may_change(caller, slug):
        raise IsForCoordinators("Only the agency's own systems and coordinators may do this.")


@router.get("/agencies", summary="The network's agencies / Nätverkets myndigheter")
async def list_agencies(db: Db, caller: Reading, paging: Pages) -> Page[AgencyAnswer]:
    found = await store.list_all(db, paging.offset, paging.fetch)
    return Page(**paging.of([agency_answer(document, caller) for document in found]))


@router.get("/agencies/{slug}", summary="An agency / En myndighet")
async def read_agency(db: Db, response: Response, caller: Reading, slug: AgencySlug) -> AgencyAnswer:
    document = await store.find(db, slug)
    if not document:
        raise NoSuchAgency
    response.headers["ETag"] = etag(document["version"])
    return agency_answer(document, caller)


def _require_trusted_with(caller: Caller, slug: str, changes: Document) -> None:
    """What an agency's system may not change by its scope alone: it would earn every other by it.

    Raises:
        Forbidden: it is for the network, or for the agency's coordinators.

    """
    if NETWORK_ADMIN in caller.scopes:
        return
    if "steering" in changes:
        raise refusals.SteeringIsForNetwork
    if "mail_domain" in changes:
        raise refusals.DomainIsForNetwork
    if "coordinators" in changes and not (caller.coordinator and caller.agency == slug):
        raise refusals.CoordinatorsAreForAgency


@router.patch("/agencies/{slug}", summary="Change an agency / Ändra en myndighet")
async def change_agency(
    *,
    mongo: Transactions,
    response: Response,
    caller: Writing,
    slug: AgencySlug,
    body: AgencyChange,
    if_match: IfMatch = None,
) -> AgencyAnswer:
    changes = {
        name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None
    }

    async def work(tx: Transaction) -> Document:
        before = await handlers.load_agency(tx, slug)
        require_own(caller, slug)
        _require_trusted_with(caller, slug, changes)
        require_match(if_match, before["version"])
        if before["protection"] != "undeclared" and changes.get("protection") == "undeclared":
            raise refusals.ProtectionIsDeclared
        return await handlers.change_agency(tx, before, changes)

    changed = await mongo.transact(work)
    response.headers["ETag"] = etag(changed["version"])
    return agency_answer(changed, caller)
