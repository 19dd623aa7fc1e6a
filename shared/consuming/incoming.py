"""What comes from Kafka: read by its contract, or the reason why it can't be."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from shared.consuming import parking
from shared.consuming.parking import Record
from shared.contracts.envelope import Message, Trace
from shared.contracts.ids import canonical
from shared.contracts.staff import message_without_nulls
from shared.contracts.topics import STAFF_PREFIX, Topic
from shared.observing import trace

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


# What of a record that does not fit its contract the handler is to know, which parks that record then.
Salvage = Callable[[Item], Item]


def decode(topic: Topic, record: Record, salvage: Salvage | None = None) -> Item:
    """The record as its contract reads it, or the reason why it doesn't fit."""
    item = _decoded(topic, record)
    return salvage(item) if salvage and item.refusal else item


def _decoded(topic: Topic, record: Record) -> Item:
    agency = record.topic.removeprefix(STAFF_PREFIX) if record.topic.startswith(STAFF_PREFIX) else ""
    if record.value is None:
        return Item(record, None, "the record is empty" if agency else "")
    try:
        message = _validated(topic, record.value, agency)
    except ValidationError as error:
        return Item(record, None, parking.say(parking.problems(error)))
    # `source` may be any URI: the topic says whose the record is.
    refusal = _mismatch(topic, record, agency, message)
    if refusal:
        return Item(record, None, refusal)
    return Item(record, Incoming(message.data, trace.known(message.trace), record, agency))


def _validated(topic: Topic, value: bytes, agency: str) -> Message[Any]:
    try:
        return topic.adapter.validate_json(value)
    except ValidationError:
        # A null is as if the field were absent: looked at only now, because hardly any record has one.
        said = message_without_nulls(value) if agency else None
        if said is None:
            raise
    return topic.adapter.validate_json(said)


def _mismatch(topic: Topic, record: Record, agency: str, message: Message[Any]) -> str:
    if message.type != topic.type:
        return f"type is not {topic.type}"
    if not agency:
        return ""
    employee_id = message.data.employee_id
    if record.key != employee_id.encode() and not _names(record.key, employee_id):
        return "the record's key is not data.employee_id" if record.key else "the record has no key"
    return ""


def _names(key: bytes | None, employee_id: str) -> bool:
    return key is not None and canonical(key.decode(errors="replace")) == canonical(employee_id)
