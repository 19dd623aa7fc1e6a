"""The contracts as AsyncAPI 3.0 with JSON Schema, made from the models that read and write the messages."""

from typing import Any

from shared.contracts.topics import STAFF_PREFIX, TOPICS, Topic, staff_topic

_JSON_SCHEMA = "application/schema+json;version=draft-2020-12"
_SCHEMAS = "#/components/schemas/"


def document() -> dict[str, Any]:
    """One channel a topic; the agencies' feeds are one channel with a parameter."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for topic in (staff_topic("agency"), *TOPICS.values()):
        name = _channel(topic)
        channels[name] = _described(topic, name, schemas)
        operations[f"send.{name}"] = {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The agency network",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in structured JSON. The record's key is the event's subject.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas},
    }


def _channel(topic: Topic) -> str:
    return "staff" if topic.name.startswith(STAFF_PREFIX) else topic.name


def _described(topic: Topic, name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = topic.adapter.json_schema(ref_template=_SCHEMAS + "{model}")
    schemas.update(schema.pop("$defs", {}))
    schema["properties"]["type"] = {"const": topic.type}
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": _lasts(topic),
        "messages": {
            topic.type: {
                "name": topic.type,
                "contentType": "application/cloudevents+json",
                "payload": {
                    "schemaFormat": "application/schema+json;version=draft-2020-12",
                    "schema": schema,
                },
            }
        },
    }
    if name == "staff":
        channel["address"] = STAFF_PREFIX + "{agency}"
        channel["parameters"] = {"agency": {"description": "The agency's slug: it says whose record it is."}}
    return channel


def _lasts(topic: Topic) -> str:
    if topic.kind == "state":
        return "State, compacted: the latest of each key. Keep the highest version."
    return f"Facts, kept for {topic.days} days."
