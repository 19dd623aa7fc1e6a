"""The real parts, started once for all tests; each test gets a network of its own on them."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings as hypothesis
from motor.motor_asyncio import AsyncIOMotorClient

from agencynet.stack import Stack, start_stack
from shared.observing import logs
from shared.settings import ServiceSettings
from tests import harness
from tests.namespace import a_namespace

pytest_plugins = ["pytester", "tests.unit"]

# How long one example takes says how busy the machine is, and nothing about the law.
hypothesis.register_profile("tests", deadline=None)
hypothesis.load_profile("tests")
# `make mutants`: a mutant that survives these examples is read by a person.
hypothesis.register_profile("mutants", deadline=None, max_examples=25, derandomize=True, database=None)

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
    async with a_namespace(stack, jwks) as settings:
        yield settings
