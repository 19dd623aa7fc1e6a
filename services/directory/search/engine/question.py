import re
from dataclasses import dataclass
from enum import Enum

from services.directory.folding import LONGEST_WORD, chunks, joined, native, pieces, tokens
from services.directory.search.engine import phones

LONGEST_QUESTION = 1000
MOST_WORDS = 12

_STOP_WORDS = frozenset(
    tokens(
        """
        a about an and anyone are arbetar at av bra can de den det do does en ett eller finns for från för har
        help hjälp hjälpa hos i in is jag jobbar kan knows kunnig kunniga letar man me med mig mot my någon
        några of om on or och oss på som söker someone that the there till us vad vem vet vi vid vilka
        vilken want what where who with works är
        """
    )
)
_PATTERN = re.compile(
    r"""(?P<email>[\w.!\#$%&'*+/=?^`{|}~-]+@[\w.-]*)
    |(?P<phone>(?<![\w+])\+?(?:[\s\-‐–()./]*\d){5,}(?!\w))
    |(?P<word>[^\W_]+(?:[-‐'’.][^\W_]+)*)""",
    re.VERBOSE,
)


class Kind(Enum):
    WORD = "letters and digits"
    PHONE = "five digits or more, however grouped"
    EMAIL = "something with an @ in it"


@dataclass(frozen=True, slots=True)
class Word:
    """One thing asked for, native. `pieces` are the words inside it when it holds hyphens or signs."""

    kind: Kind
    text: str
    pieces: tuple[str, ...]
    last: bool
    optional: bool = False

    @property
    def may_be_misspelt(self) -> bool:
        return self.kind is Kind.WORD and self.text.isalpha()


def words(question: str) -> list[Word]:
    """What is asked for, at most twelve words; small words count only where nothing else is asked."""
    text = native(question[:LONGEST_QUESTION])
    found = [_word(match) for match in _PATTERN.finditer(text)]
    found = list(dict.fromkeys(word for word in found if word))[:MOST_WORDS]
    only_small = all(word.text in _STOP_WORDS for word in found)
    return [
        Word(
            word.kind,
            word.text,
            word.pieces,
            last=word is found[-1],
            optional=word.text in _STOP_WORDS and not only_small,
        )
        for word in found
    ]


def _word(match: re.Match[str]) -> Word | None:
    text = match[0]
    inside = tuple(piece for chunk in chunks(text) for piece in pieces(chunk))
    if not inside:
        return None
    match match.lastgroup:
        case "email":
            return Word(Kind.EMAIL, text[:LONGEST_WORD], inside, last=False)
        case "phone":
            return Word(Kind.PHONE, text.strip(), inside, last=False)
        case _:
            return Word(Kind.WORD, joined(text), inside, last=False)


def readings(word: Word) -> tuple[str, ...]:
    return phones.readings(word.text)
