"""The contracts as AsyncAPI 3.0 with JSON Schema, made from the models that read and write the messages."""

from typing import Any

from shared.contracts.topics import STAFF_PREFIX, TOPICS, Topic, staff_topic

_JSON_SCHEMA = "application/schema+json;version=draft-2020-12"
_SCHEMAS = "#/components/schemas/"
_BINDING = "0.5.0"
_RULES = (
    "CloudEvents 1.0 in structured JSON. The record's key is the event's subject: messages of one key are in "
    "order. A message may come twice: `id` tells. Read committed records only. Fields are added and never "
    "taken away: pass over those you do not know. What can't be read is put on <service>.parked with a "
    "reason that names the field."
)
_STAFF_RULES = (
    "The key is data.employee_id, as UTF-8, and so is `subject`. `source` is any URI: the topic says whose "
    "record it is. Send the whole record of the employee whenever something in it changes; sending it twice "
    "does no harm. `version` rises with every change of the employee. A record without `protected` is "
    "protected, unless the agency has said that its feed leaves protected people out. When more than 5 % of "
    "the agency and more than five people leave within an hour, they stay until its coordinator has decided. "
    "Any codec of Kafka's will do."
)


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
            "description": _RULES,
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
        "bindings": {"kafka": _as_kafka_has_it(topic)},
        "messages": {
            topic.type: {
                "name": topic.type,
                "contentType": "application/cloudevents+json",
                "bindings": {"kafka": {"key": _key(topic), "bindingVersion": _BINDING}},
                "payload": {
                    "schemaFormat": "application/schema+json;version=draft-2020-12",
                    "schema": schema,
                },
            }
        },
    }
    if name == "staff":
        channel["address"] = STAFF_PREFIX + "{agency}"
        channel["description"] = f"{_lasts(topic)} {_STAFF_RULES}"
        del channel["bindings"]["kafka"]["topic"]
        channel["parameters"] = {"agency": {"description": "The agency's slug: it says whose record it is."}}
    return channel


def _lasts(topic: Topic) -> str:
    if topic.kind == "state":
        return "State, compacted: the latest of each key. Keep the highest version."
    return f"Facts, kept for {topic.days} days."


def _key(topic: Topic) -> dict[str, Any]:
    if topic.name.startswith(STAFF_PREFIX):
        said = "data.employee_id: the agency's own id of the employee"
    elif topic.name == "notify.requests":
        said = "data.person_id: who is to be told"
    else:
        said = "data.id, which is the subject" if topic.kind == "state" else "The subject"
    return {"type": "string", "minLength": 1, "description": said}


def _as_kafka_has_it(topic: Topic) -> dict[str, Any]:
    policy = ["compact"] if topic.kind == "state" else ["delete"]
    settings: dict[str, Any] = {"cleanup.policy": policy}
    if topic.kind == "facts":
        settings["retention.ms"] = topic.days * 86_400_000
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": settings,
        "bindingVersion": _BINDING,
    }
