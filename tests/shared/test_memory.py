"""How seldom the garbage collector looks."""

import gc
from collections.abc import Iterator

import pytest

from shared.running import memory


@pytest.fixture(autouse=True)
def threshold() -> Iterator[int]:
    before = gc.get_threshold()
    gc.set_threshold(10_000)
    yield 10_000
    gc.set_threshold(*before)


def test_it_looks_less_often_while_any_batch_is_worked_on(threshold: int) -> None:
    with memory.batch():
        seldom = gc.get_threshold()[0]
        assert seldom > threshold
        with memory.batch():
            pass
        assert gc.get_threshold()[0] == seldom, "the first goes on"
    assert gc.get_threshold()[0] == threshold


def test_a_batch_that_fails_leaves_no_trace(threshold: int) -> None:
    with pytest.raises(ValueError, match="bad"), memory.batch():
        raise ValueError("bad")
    assert gc.get_threshold()[0] == threshold
