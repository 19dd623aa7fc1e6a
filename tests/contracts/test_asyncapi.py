"""The published description of the messages is the code's."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from shared.contracts.asyncapi import document
from tests.contracts.test_contracts import EVERY, Topic, golden

PUBLISHED = Path(__file__).parents[2] / "docs" / "asyncapi.json"


def test_the_published_description_is_up_to_date() -> None:
    """`make contracts` writes it again."""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == document()


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_the_published_schema_takes_the_golden_sample_and_no_nonsense(topic: Topic) -> None:
    described = document()
    channel = described["channels"]["staff" if topic.name.startswith("staff.") else topic.name]
    schema = {
        **channel["messages"][topic.type]["payload"]["schema"],
        "components": described["components"],
    }
    validator = jsonschema_rs.Draft202012Validator(schema)
    sample = json.loads(golden(topic).read_bytes())
    validator.validate(sample)
    assert not validator.is_valid({**sample, "type": "another.v1"})
    assert not validator.is_valid({**sample, "data": {}})
