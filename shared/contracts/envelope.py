"""CloudEvents 1.0 in structured JSON mode (`application/cloudevents+json`).

One pass of pydantic reads envelope and data together, 3.6 times as fast as the CloudEvents SDK followed by a
validation of the data (docs/decisions/0002); the tests hold it against the SDK in both directions.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_json

Data = TypeVar("Data")
Fields = Mapping[str, Any]
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
    data: BaseModel | Fields,
    trace: Trace,
    now: datetime,
) -> bytes:
    """One message as it goes on the wire. What is None is left out, as CloudEvents has it."""
    extensions = "".join(
        f'"{name}":{encode_basestring(value)},'
        for name, value in (("correlationid", trace.correlation), ("traceparent", trace.parent))
        if value
    )
    head = (
        f'{{"specversion":"1.0","id":{encode_basestring(message_id)},"source":{encode_basestring(source)},'
        f'"type":{encode_basestring(kind)},"subject":{encode_basestring(subject)},'
        f'"time":"{now.astimezone(UTC).isoformat()}","datacontenttype":"application/json",{extensions}"data":'
    )
    # The data is written by its own class, which is several times as fast as a model around it would be.
    body = (
        data.__pydantic_serializer__.to_json(data, exclude_none=True, by_alias=True)
        if isinstance(data, BaseModel)
        else to_json(data, exclude_none=True)
    )
    return b"%b%b}" % (head.encode(), body)
