"""The real parts, started once for all tests; each test gets a network of its own on them."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import uuid_utils
from motor.motor_asyncio import AsyncIOMotorClient

from agencynet.stack import Stack, start_stack
from shared import kafka, logs
from shared.settings import ServiceSettings
from tests import harness

# What the real parts write is gone with the tests, so it need not wait for a disk where there is memory.
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30


def _memory() -> Path | None:
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    logs.configure("tests", "warning")
    with TemporaryDirectory(prefix="stack-", dir=_memory()) as folder:
        stack = await start_stack(Path(folder), ports="free")
        client: AsyncIOMotorClient = AsyncIOMotorClient(stack.mongodb)
        # A query without an index fails here, before it is slow anywhere else.
        await client.admin.command("setParameter", 1, notablescan=True)
        # A dropped collection keeps its files open for as long as its past can be read: five minutes unless
        # told, in which the tests drop more files than a process may have open.
        await client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=5)
        client.close()
        yield stack
        await stack.stop()


@pytest.fixture(scope="session")
def jwks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    path.write_text(harness.jwks())
    return path


@pytest.fixture
async def settings(stack: Stack, jwks: Path) -> AsyncIterator[ServiceSettings]:
    """A namespace of its own with its topics; its databases are dropped afterwards."""
    namespace = f"t{str(uuid_utils.uuid7()).replace('-', '')[-12:]}-"
    settings = ServiceSettings(kafka=stack.kafka, mongodb=stack.mongodb, namespace=namespace, jwks=jwks)
    topics = [_with_one_partition(topic) for topic in harness.all_topics(*harness.AGENCIES)]
    await kafka.create_topics(settings, topics)
    yield settings
    for part in stack.processes.values():
        # Said once with its reason, not by whatever each test happens to be waiting for.
        assert part.alive(), f"{part.name} ended with {part.exit_code}: {part.last_lines(5)}"
    client: AsyncIOMotorClient = AsyncIOMotorClient(stack.mongodb)
    for name in await client.list_database_names():
        if name.startswith(namespace):
            await client.drop_database(name)
    client.close()


def _with_one_partition(topic: harness.Topic) -> harness.Topic:
    """Creating topics is what tests wait for; two partitions are enough to be plural."""
    from dataclasses import replace

    return replace(topic, partitions=min(topic.partitions, 2))
