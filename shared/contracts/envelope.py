"""CloudEvents 1.0 in structured JSON mode (`application/cloudevents+json`).

One pass of pydantic reads envelope and data together, 3.6 times as fast as the CloudEvents SDK followed by a
validation of the data (docs/decisions/0002); the tests hold it against the SDK in both directions.
"""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Data = TypeVar("Data")
_Attribute = Annotated[str, Field(min_length=1, max_length=300)]


class Trace(NamedTuple):
    """What ties a mail to the record that caused it, through every service and log between them."""

    correlation: str | None = None
    parent: str | None = None


class Message(BaseModel, Generic[Data]):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: _Attribute
    source: _Attribute
    type: _Attribute
    subject: _Attribute
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: _Attribute | None = None
    traceparent: _Attribute | None = None
    data: Data

    @property
    def trace(self) -> Trace:
        return Trace(self.correlationid, self.traceparent)


def encode(
    *,
    message_id: str,
    source: str,
    kind: str,
    subject: str,
    data: BaseModel,
    trace: Trace,
    now: datetime,
) -> bytes:
    """One message as it goes on the wire."""
    message = Message[BaseModel].model_construct(
        specversion="1.0",
        id=message_id,
        source=source,
        type=kind,
        subject=subject,
        time=now.astimezone(UTC),
        datacontenttype="application/json",
        correlationid=trace.correlation,
        traceparent=trace.parent,
        data=data,
    )
    return message.__pydantic_serializer__.to_json(
        message, exclude_none=True, by_alias=True, serialize_as_any=True
    )
