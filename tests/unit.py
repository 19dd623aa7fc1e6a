"""Which tests are pure: they get by without Kafka, MongoDB, a browser, a program or a connection.

A test that asks for the fixture `stack`, directly or through another, is not. A test that starts real parts
on its own says so with `pytest.mark.parts`. All others are marked `unit`, and fail when they start a program or
open a connection after all, so that `make test-unit` stays quick and runs anywhere.
"""

import sys
from collections.abc import Iterator

import pytest

_NOT_UNIT = ("parts", "ci", "slow")
_OUTSIDE = {
    "subprocess.Popen": "starts a program",
    "os.posix_spawn": "starts a program",
    "os.fork": "starts a process",
    "socket.bind": "listens on a port",
    "socket.connect": "opens a connection",
    "socket.getaddrinfo": "asks for an address",
}
# What the unit test that runs does outside; a list within a list where a test runs pytest itself.
_watching: list[list[str]] = []
# A service that an earlier test of the same process started goes on connecting while a unit test runs.
_real_parts: list[bool] = []


def _see(event: str, args: tuple[object, ...]) -> None:
    if _watching and event in _OUTSIDE:
        _watching[-1].append(f"{_OUTSIDE[event]}: {args[:2]}")


sys.addaudithook(_see)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unit: needs no real part; tests/unit.py finds these tests on its own")
    config.addinivalue_line("markers", "parts: starts real parts without the fixture stack")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        named = any(item.get_closest_marker(name) for name in _NOT_UNIT)
        if not named and "stack" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.unit)


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> None:
    if fixturedef.argname == "stack":
        _real_parts.append(True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    yield from _watched(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield from _watched(item)


def _watched(item: pytest.Item) -> Iterator[None]:
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield
    finally:
        _watching.pop()
    if seen and not _real_parts and item.get_closest_marker("unit"):
        pytest.fail(f"A unit test {seen[0]}. Ask for the fixture stack, or mark it with pytest.mark.parts.")
