"""`make test-unit` runs every test that needs no real part, and no other."""

import pytest

_TESTS = """
import socket
import subprocess
import sys
import pytest

@pytest.fixture
def stack():
    return "Kafka"

@pytest.fixture
def house(stack):
    return stack

def test_adds():
    assert 1 + 1 == 2

def test_asks_for_a_part(stack): ...

def test_asks_for_it_through_another(house): ...

@pytest.mark.parts
def test_says_that_it_starts_a_program():
    subprocess.run([sys.executable, "-c", ""], check=True)

@pytest.mark.ci
def test_takes_long(): ...
"""


@pytest.fixture(autouse=True)
def _no_part_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests of this process started is not what these judge."""
    monkeypatch.setattr("tests.unit._real_parts", [])


def _run(pytester: pytest.Pytester, tests: str, *words: str) -> pytest.RunResult:
    pytester.makepyfile(tests)
    pytester.makeini(
        "[pytest]\nmarkers =\n  ci: long\n  slow: longer\nasyncio_default_fixture_loop_scope = function"
    )
    return pytester.runpytest_inprocess("-p", "tests.unit", "-p", "no:asyncio", "--strict-markers", *words)


def test_a_test_is_a_unit_test_when_it_asks_for_no_real_part(pytester: pytest.Pytester) -> None:
    result = _run(pytester, _TESTS, "-m", "unit", "-v")
    result.assert_outcomes(passed=1, deselected=4)
    result.stdout.fnmatch_lines("*test_adds PASSED*")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("subprocess.run([sys.executable, '-c', ''])", "starts a program"),
        ("socket.socket().bind(('127.0.0.1', 0))", "listens on a port"),
        ("socket.socket().connect_ex(('127.0.0.1', 1))", "opens a connection"),
        ("socket.getaddrinfo('127.0.0.1', 1)", "asks for an address"),
    ],
)
def test_a_unit_test_that_goes_outside_fails(pytester: pytest.Pytester, act: str, said: str) -> None:
    tests = f"import socket, subprocess, sys\ndef test_goes_outside():\n    {act}"
    result = _run(pytester, tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(f"*A unit test {said}*")


def test_a_fixture_that_goes_outside_fails_too(pytester: pytest.Pytester) -> None:
    fixture = (
        "import pytest, socket\n@pytest.fixture\ndef port():\n    socket.socket().bind(('127.0.0.1', 0))\n"
    )
    _run(pytester, fixture + "def test_asks(port): ...").assert_outcomes(errors=1)
