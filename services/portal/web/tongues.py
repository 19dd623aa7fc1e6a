"""Which language a line was written in, told by its small words and letters."""

import re

from shared.contracts.types import Language

_WORDS = re.compile(r"[^\W\d_]+")
_SWEDISH = frozenset(
    """
    och att det som en ett för med på av är till om hur vi vad ni inte från den de sig så kan vid hos eller
    mot vår vårt våra er ert era din ditt dina när där här ska alla utan efter möte kurs nätverk
    """.split()  # noqa: SIM905 – one a line would be a page
)
_ENGLISH = frozenset(
    """
    the and of to with how we is are our your what about that this from by at or not you they when where will
    can without after meeting course network working new who why a
    """.split()  # noqa: SIM905
)


def language_of(text: str) -> Language | None:
    """None where nothing tells: a name, a single word that both have."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    swedish = sum(word in _SWEDISH for word in words) + sum(
        any(letter in word for letter in "åäö") for word in words
    )
    english = sum(word in _ENGLISH for word in words)
    if swedish == english:
        return None
    return "sv" if swedish > english else "en"
