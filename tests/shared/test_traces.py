"""A caller's trace is carried on only where it is one (W3C Trace Context)."""

import pytest

from shared.contracts.envelope import Trace
from shared.observing import trace

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("told", "parent"),
    [
        ([GOOD], GOOD),
        ([f" {GOOD} "], GOOD),
        ([f"cc{GOOD[2:]}-what-the-future-brings"], f"cc{GOOD[2:]}"),
        ([], None),
        ([GOOD, GOOD], None),
        ([""], None),
        (["Åsa Öberg"], None),
        ([GOOD[:-1]], None),
        ([f"{GOOD}-more"], None),
        ([f"{GOOD}x"], None),
        ([GOOD.upper()], None),
        ([f"ff{GOOD[2:]}"], None),
        (["00-" + "0" * 32 + "-00f067aa0ba902b7-01"], None),
        (["00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01"], None),
        ([f"{GOOD}\r\nX: 1"], None),
    ],
)
def test_a_malformed_parent_is_not_passed_on(told: list[str], parent: str | None) -> None:
    assert trace.parent_of(told) == parent


def test_a_message_keeps_its_correlation_when_its_parent_is_no_trace() -> None:
    assert trace.known(Trace("c", "Åsa")) == Trace("c", None)
    assert trace.known(Trace("c", GOOD)) == Trace("c", GOOD)
    assert trace.known(Trace("c")) == Trace("c")
