"""What is published stays readable: golden samples, unknown fields, the CloudEvents SDK."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel

from shared.contracts.envelope import Trace, encode
from shared.contracts.topics import SERVICES, TOPICS, Topic, staff_topic
from shared.contracts.types import Contract, Gone
from tests.contracts.samples import SAMPLES

FOLDER = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVERY = [*TOPICS.values(), staff_topic("bolagsverket")]


def golden(topic: Topic) -> Path:
    return FOLDER / f"{topic.type}.json"


def encoded(topic: Topic, data: BaseModel) -> bytes:
    source = f"/staff/{topic.owner}" if topic.name.startswith("staff.") else f"/{topic.owner}"
    return encode(
        message_id="3f0c1d8e.1",
        source=source,
        kind=topic.type,
        subject="3f0c1d8e",
        data=data,
        trace=Trace("019358a0-0000-7000-8000-000000000000"),
        now=NOW,
    )


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_the_producer_emits_its_golden_sample(topic: Topic) -> None:
    written = json.loads(encoded(topic, SAMPLES[topic.type]))
    assert written == json.loads(golden(topic).read_text(encoding="utf-8"))


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_reader_accepts_the_golden_sample(topic: Topic) -> None:
    message = topic.adapter.validate_json(golden(topic).read_bytes())
    assert message.data == SAMPLES[topic.type]


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_a_reader_ignores_a_field_it_does_not_know(topic: Topic) -> None:
    sample = json.loads(golden(topic).read_bytes())
    sample["data"]["added_next_year"] = {"deep": [1]}
    sample["extension"] = "x"
    assert topic.adapter.validate_json(json.dumps(sample)).data == SAMPLES[topic.type]


@pytest.mark.parametrize("topic", [t for t in TOPICS.values() if t.kind == "state"], ids=lambda t: t.name)
def test_a_state_topic_can_say_that_something_is_gone(topic: Topic) -> None:
    gone = Gone(id="3f0c1d8e", version=7)
    assert topic.adapter.validate_json(encoded(topic, gone)).data == gone


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_the_cloudevents_sdk_reads_what_we_write_and_we_what_it_writes(topic: Topic) -> None:
    ours = encoded(topic, SAMPLES[topic.type])
    event = JSONFormat().read(CloudEvent, ours)
    assert event.get_type() == topic.type
    assert event.get_time() == NOW
    theirs = JSONFormat().write(event)
    assert topic.adapter.validate_json(theirs) == topic.adapter.validate_json(ours)


def test_every_topic_has_an_owner_a_contract_and_a_sample() -> None:
    assert {topic.type for topic in EVERY} == set(SAMPLES) == {path.stem for path in FOLDER.glob("*.json")}
    for topic in TOPICS.values():
        assert topic.owner in SERVICES
        assert topic.name.split(".")[0] == topic.owner


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [model, *(deeper for each in model.__subclasses__() for deeper in _models(each))]


def test_what_may_be_null_may_also_be_missing() -> None:
    """Nulls are left out on the wire, so a field that takes None must have it as its default."""
    for model in _models(Contract):
        for name, field in model.model_fields.items():
            takes_none: Any = type(None) in getattr(field.annotation, "__args__", ())
            assert not takes_none or not field.is_required(), f"{model.__name__}.{name}"
