"""What `topics apply` would make, and where topics on Kafka are no longer as the code has them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared import kafka
from shared.contracts.topics import Topic
from shared.settings import ServiceSettings

# What aiokafka's DescribeConfigs answers for each setting: name and value come first.
_Entry = Sequence[object]


@dataclass(frozen=True, slots=True)
class Drift:
    """One setting of one topic. We never change it: to shorten a topic's life or to add partitions can lose
    records or their order, so a person decides.
    """

    topic: str
    setting: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, not {self.wanted}"


@dataclass(frozen=True, slots=True)
class Plan:
    missing: list[str]
    drift: list[Drift]


async def plan(settings: ServiceSettings, topics: Iterable[Topic]) -> Plan:
    wanted = {settings.namespace + topic.name: topic for topic in topics}
    async with kafka.admin(settings) as admin, asyncio.timeout(kafka.SEND_TIMEOUT):
        there = set(await admin.list_topics())
        known = sorted(there & set(wanted))
        described = await admin.describe_topics(known) if known else []
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in known]
        answers = await admin.describe_configs(resources) if known else []
    drift = [
        Drift(topic["topic"], "partitions", str(found), str(wanted[topic["topic"]].partitions))
        for topic in described
        if (found := len(topic["partitions"])) != wanted[topic["topic"]].partitions
    ]
    for answer in answers:
        for _, _, _, name, entries in answer.resources:  # pyright: ignore[reportAttributeAccessIssue]
            drift += _settings_drift(name, entries, wanted[name])
    return Plan(sorted(set(wanted) - there), sorted(drift, key=str))


def _settings_drift(name: str, entries: Iterable[_Entry], topic: Topic) -> list[Drift]:
    found = {str(entry[0]): str(entry[1]) for entry in entries}
    return [
        Drift(name, setting, found.get(setting, "(not set)"), value)
        for setting, value in topic.config.items()
        if found.get(setting) != value
    ]
