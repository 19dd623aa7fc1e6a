"""D10: scim2-server's own rules for a storage, on ours and the real MongoDB."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import uuid_utils
from scim2_models import ScimProvider
from scim2_server.storage import AsyncScimStorage
from scim2_server.testing import AsyncScimStorageContract
from scim2_server.utils import load_default_provider

from agencynet.stack import Stack
from services.directory.app import SPEC
from services.directory.scim.protocol.storage import AgencyStorage, removals
from shared.mongo import Mongo
from shared.service import Service
from shared.settings import ServiceSettings
from tests.directory.network import fields


@pytest.fixture(scope="module")
async def database(stack: Stack) -> AsyncIterator[ServiceSettings]:
    """One for all of these: each test is an agency of its own in it."""
    settings = ServiceSettings(
        kafka=stack.kafka, mongodb=stack.mongodb, namespace=f"scim{str(uuid_utils.uuid7())[-12:]}-"
    )
    mongo = Mongo(settings, "directory")
    await mongo.prepare(Service(SPEC, settings).indexes)
    yield settings
    await mongo.client.drop_database(settings.namespace + "directory")
    mongo.close()


class TestAgencyStorage(AsyncScimStorageContract):
    @pytest.fixture(scope="class")
    @classmethod
    def provider(cls) -> ScimProvider:
        """One for all: its models take longer to make than a test to run."""
        return load_default_provider()

    @pytest.fixture
    def async_storage(self, database: ServiceSettings, provider: ScimProvider) -> Iterator[AsyncScimStorage]:
        # The client belongs to the loop that uses it first, which is the suite's own.
        mongo = Mongo(database, "directory", SPEC.reactions)
        now = partial(datetime.now, UTC)
        name = f"a{str(uuid_utils.uuid7())[-12:]}"
        yield _InAgency(mongo, name, removals(mongo, now), now, provider)
        mongo.close()


class _InAgency(AgencyStorage):
    """The storage of an agency that joins when it is first used."""

    async def create(self, *given: Any) -> Any:
        agency = {**fields(self.agency), "_id": self.agency, "deleted": False}
        await self._mongo.db.agencies.update_one({"_id": self.agency}, {"$setOnInsert": agency}, upsert=True)
        return await super().create(*given)
