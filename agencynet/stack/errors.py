"""What stops the local stack from starting, said so that a person can act on it."""

from __future__ import annotations


class CannotStart(Exception):  # noqa: N818 - errors name the situation
    """A part can't start. `str(error)` is what is wrong and what to do, in plain sentences.

    Trying again without doing what it says gives the same answer.
    """

    def __init__(self, what: str, advice: str, details: str = "") -> None:
        self.what = what
        self.advice = advice
        self.details = details
        """The last lines of a log, for those who want to know more."""
        super().__init__(f"{what} {advice}")
