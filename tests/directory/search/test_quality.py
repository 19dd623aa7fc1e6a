"""Among 1,200 people, who is meant comes first: the mean reciprocal rank of two sets of questions. D1."""

from tests.directory.search.asked import ASKED
from tests.directory.search.crowd import crowd, is_meant
from tests.directory.search.mistyped import mistyped
from tests.directory.search.quality import mean_reciprocal_rank

GOOD = 0.95


def test_every_question_has_an_answer_somewhere_and_is_asked_once() -> None:
    unanswerable = [q for q, meant in ASKED if not any(is_meant(each, meant) for each in crowd().values())]
    assert not unanswerable
    assert len({question for question, _ in ASKED}) == len(ASKED) >= 150


def test_who_is_asked_for_comes_first() -> None:
    assert mean_reciprocal_rank(ASKED) >= GOOD


def test_who_is_asked_for_with_typing_errors_comes_first() -> None:
    assert mean_reciprocal_rank(mistyped(300)) >= GOOD
