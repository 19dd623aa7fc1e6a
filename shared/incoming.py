"""What comes from Kafka: read by its contract, or the reason why it can't be."""

from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from shared import parking, trace
from shared.contracts.envelope import Trace
from shared.contracts.topics import STAFF_PREFIX, Topic
from shared.parking import Record

Data = TypeVar("Data")


class Incoming(NamedTuple, Generic[Data]):
    """A message that fits its contract. `agency` is set on staff topics: the topic's name says it, never the
    payload.
    """

    data: Data
    trace: Trace
    record: Record
    agency: str = ""


class Item(NamedTuple):
    record: Record
    incoming: Incoming[Any] | None
    refusal: str = ""


def decode(topic: Topic, record: Record) -> Item:
    """The record as its contract reads it, or the reason why it doesn't fit."""
    agency = record.topic.removeprefix(STAFF_PREFIX) if record.topic.startswith(STAFF_PREFIX) else ""
    if record.value is None:
        return Item(record, None, "the record is empty" if agency else "")
    try:
        message = topic.adapter.validate_json(record.value)
    except ValidationError as error:
        return Item(record, None, parking.say(parking.problems(error)))
    # `source` may be any URI: the topic says whose the record is.
    refusal = _mismatch(topic, record, agency, message)
    if refusal:
        return Item(record, None, refusal)
    return Item(record, Incoming(message.data, trace.known(message.trace), record, agency))


def _mismatch(topic: Topic, record: Record, agency: str, message: Any) -> str:
    if message.type != topic.type:
        return f"type is not {topic.type}"
    if not agency:
        return ""
    if record.key != message.data.employee_id.encode():
        return "the record's key is not data.employee_id" if record.key else "the record has no key"
    return ""
