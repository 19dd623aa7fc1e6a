"""What the network's SCIM service has: users with two extensions, groups, and how forgiving it is."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    External,
    Filter,
    Group,
    Patch,
    Reference,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)

from services.directory.scim.rules import ENTERPRISE, NETWORK

MAX_RESULTS = 100
MAX_OPERATIONS = 500
MAX_PAYLOAD = 1_000_000


class Manager(ComplexAttribute):
    """As the standard has it, but taken as identity providers send it: without `$ref`, and by Entra ID as
    a bare string.
    """

    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference["User"] | None = Field(None, serialization_alias="$ref", validation_alias="$ref")
    display_name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_object(cls, sent: Any) -> Any:
        if isinstance(sent, list) and len(sent) == 1:
            sent = sent[0]
        return {"value": sent} if isinstance(sent, str) else sent


class EnterpriseUser(Extension):
    """RFC 7643 §4.3."""

    __schema__ = URN(ENTERPRISE)

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Manager | None = None


def _a_day(sent: str | None) -> str | None:
    try:
        datetime.fromisoformat(sent or "2000-01-01")
    except ValueError:
        raise ValueError("is not a day: write it as 2026-11-01") from None
    return sent


Day = Annotated[str | None, AfterValidator(_a_day)]


class NetworkUser(Extension):
    """What the network wants to know of an employee and the standard has no word for."""

    __schema__ = URN(NETWORK)

    protected: bool | None = None
    """Protected identity (skyddade personuppgifter). Where an agency has said that its feed carries it, a
    user without it is protected."""

    location: str | None = None
    """The town where the person works; else the locality of their work address."""

    specialties: str | None = None
    """What the person knows, in the agency's own words, with semicolons between them: identity providers
    map texts, not lists, to an extension."""

    assignments: str | None = None
    """What the person is entrusted with beside their role, such as huvudskyddsombud; likewise."""

    employed_from: Day = Field(None, examples=["2026-11-01"])
    """First day of employment, with a time or without."""

    employed_to: Day = Field(None, examples=["2027-10-31"])
    """Last day of employment."""


POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MAX_OPERATIONS, max_payload_size=MAX_PAYLOAD),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="bearer_token",
            description="The agency's token, with the scope staff:write",
            spec_uri=Reference[External]("https://datatracker.ietf.org/doc/html/rfc6750"),
        )
    ],
)
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, NetworkUser, Group],
    resource_types=[
        ResourceType.from_resource(User[EnterpriseUser | NetworkUser]),
        ResourceType.from_resource(Group),
    ],
    config=_CONFIG,
    policy=POLICY,
)
