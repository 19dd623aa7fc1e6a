"""What `topics apply` would make, and where topics on Kafka are no longer as the code has them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.contracts.topics import Topic
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings

# What aiokafka's DescribeConfigs answers for each setting: name, value, whether it is read-only, whose it is.
_Entry = Sequence[object]
_THE_TOPICS_OWN = 1
# How soon Kafka takes away what is superseded. To change it loses nothing that a reader is to get.
MENDED = frozenset({"max.compaction.lag.ms", "segment.ms"})


@dataclass(frozen=True, slots=True)
class Drift:
    """One setting of one topic. Unless it is one of `MENDED` we never change it: to shorten a topic's life or
    to add partitions can lose records or their order, so a person decides.
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
    own: dict[str, dict[str, str]]
    """What each topic that is there has been given itself, beside the broker's defaults."""

    @property
    def to_mend(self) -> list[Drift]:
        return [one for one in self.drift if one.setting in MENDED]


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
    own: dict[str, dict[str, str]] = {}
    for answer in answers:
        for _, _, _, name, entries in answer.resources:  # pyright: ignore[reportAttributeAccessIssue]
            drift += _settings_drift(name, entries, wanted[name])
            own[name] = {str(each[0]): str(each[1]) for each in entries if each[3] == _THE_TOPICS_OWN}
    return Plan(sorted(set(wanted) - there), sorted(drift, key=str), own)


async def mend(settings: ServiceSettings, found: Plan) -> None:
    """Give the topics what differs and may be changed. The request says all that a topic has of its own: what
    it leaves out would go back to the broker's default.
    """
    changes: dict[str, dict[str, str]] = {}
    for one in found.to_mend:
        changes.setdefault(one.topic, dict(found.own[one.topic]))[one.setting] = one.wanted
    if not changes:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, told) for name, told in changes.items()]
    async with kafka.admin(settings) as admin, asyncio.timeout(kafka.SEND_TIMEOUT):
        for answer in await admin.alter_configs(resources):
            for code, message, _, name in answer.resources:  # pyright: ignore[reportAttributeAccessIssue]
                if code:
                    raise for_code(code)(f"{name}: {message}")


def _settings_drift(name: str, entries: Iterable[_Entry], topic: Topic) -> list[Drift]:
    found = {str(entry[0]): str(entry[1]) for entry in entries}
    return [
        Drift(name, setting, found.get(setting, "(not set)"), value)
        for setting, value in topic.config.items()
        if found.get(setting) != value
    ]
