"""A process that is told to crash at a point does so at the passage that was named, and at no other."""

import os
import signal
import subprocess
import sys

import pytest

from shared import failpoints

pytestmark = pytest.mark.parts

_PASS_THRICE = """
from shared import failpoints
for time in range(3):
    failpoints.passing("before")
    print(time, flush=True)
    failpoints.passing("after")
"""


def run(order: str) -> tuple[int, list[str]]:
    environment = {**os.environ, failpoints.VARIABLE: order}
    done = subprocess.run(
        [sys.executable, "-c", _PASS_THRICE], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(
    ("order", "said"), [("before:1", []), ("before:3", ["0", "1"]), ("after:2", ["0", "1"]), ("after", ["0"])]
)
def test_it_ends_as_if_killed_at_the_passage_that_was_named(order: str, said: list[str]) -> None:
    assert run(order) == (-signal.SIGKILL, said)


@pytest.mark.parametrize("order", ["", "elsewhere:1", "after:4"])
def test_it_goes_on_where_nothing_is_ordered(order: str) -> None:
    assert run(order) == (0, ["0", "1", "2"])
