"""A network of its own on the parts that all tests share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import uuid_utils
from aiokafka.errors import for_code
from motor.motor_asyncio import AsyncIOMotorClient

from agencynet.stack import Stack
from shared.contracts.topics import Topic
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings
from tests.harness import AGENCIES, all_topics


@asynccontextmanager
async def a_namespace(stack: Stack, jwks: Path) -> AsyncIterator[ServiceSettings]:
    """With its topics, which are gone afterwards, as are its databases: aiokafka reads what it is told of
    every topic there is, and thousands of them slow down each test that comes later.
    """
    name = f"t{str(uuid_utils.uuid7()).replace('-', '')[-12:]}-"
    settings = ServiceSettings(
        kafka=stack.kafka, mongodb=stack.mongodb, namespace=name, jwks=jwks, look_seconds=0.2
    )
    await kafka.create_topics(settings, [_small(topic) for topic in all_topics(*AGENCIES)])
    yield settings
    for part in stack.processes.values():
        # Said once with its reason, not by whatever each test happens to be waiting for.
        assert part.alive(), f"{part.name} ended with {part.exit_code}: {part.last_lines(5)}"
    await asyncio.gather(_delete_topics(settings), _drop_databases(settings))


def _small(topic: Topic) -> Topic:
    """Creating topics is what tests wait for; two partitions are enough to be plural."""
    return replace(topic, partitions=min(topic.partitions, 2))


async def _delete_topics(settings: ServiceSettings) -> None:
    async with kafka.admin(settings) as client:
        names = [name for name in await client.list_topics() if name.startswith(settings.namespace)]
        answer = await client.delete_topics(names)
    for name, code in answer.topic_error_codes:  # pyright: ignore[reportAttributeAccessIssue]
        assert code == 0, f"{name}: {for_code(code)}"


async def _drop_databases(settings: ServiceSettings) -> None:
    client: AsyncIOMotorClient = AsyncIOMotorClient(settings.mongodb)
    for name in await client.list_database_names():
        if name.startswith(settings.namespace):
            await client.drop_database(name)
    client.close()
