"""How good the search is, as one number for each set of questions; `make bench` prints them. D1."""

from collections.abc import Iterable
from statistics import fmean

from tests.directory.search.asked import ASKED, Meant
from tests.directory.search.crowd import reciprocal_rank
from tests.directory.search.mistyped import mistyped


def mean_reciprocal_rank(asked: Iterable[tuple[str, Meant]]) -> float:
    return fmean(reciprocal_rank(question, meant) for question, meant in asked)


def measure(questions: int = 500) -> dict[str, float]:
    return {
        "asked_by_hand": round(mean_reciprocal_rank(ASKED), 3),
        "mistyped": round(mean_reciprocal_rank(mistyped(questions)), 3),
    }
