"""The program, and the environment that it is called in."""

import os
from pathlib import Path

import pytest

from agencynet.local import Local, Running
from shared.settings import ServiceSettings


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    """A folder of its own, and nothing said by the environment."""
    for name in [name for name in os.environ if name.startswith("AGENCYNET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AGENCYNET_LOCAL", str(tmp_path))
    return Local(tmp_path)


@pytest.fixture
def here(local: Local, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Local:
    """The same with the test's Kafka and MongoDB running."""
    local.say_running(Running(settings.kafka, settings.mongodb, "127.0.0.1:1025", None, {}))
    monkeypatch.setenv("AGENCYNET_NAMESPACE", settings.namespace)
    return local
