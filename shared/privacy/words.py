"""A person's name, address and telephone number in free text, found without being told what they are.

Who asks sends digests under a salt; who searches digests every run of as many words. So no name travels, nor
lies on a topic for as long as a service is down.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.contracts.privacy import Wanted

_WORD = re.compile(r"\w+")
_PHONE = re.compile(r"\+?\d[\d\s()\-\u2010-\u2013/]{5,}\d")
REDACTED = "[…]"


class Found(NamedTuple):
    start: int
    end: int
    sure: bool
    """It is theirs, and not what others are called as well."""


def wanted(salt: str, names: Iterable[str], phones: Iterable[str], namesakes: Iterable[str] = ()) -> Wanted:
    """Names are looked for in the genitive as well. `namesakes` are names that others have, too."""
    runs, shared = _forms(names), _forms(namesakes)
    digits = [number for text in phones if len(number := _digits(text)) > 5]
    return Wanted(
        salt=salt,
        names=tuple(sorted({_digest(salt, each) for each in (*runs, *digits) if each not in shared})),
        namesakes=tuple(sorted({_digest(salt, each) for each in shared})),
        lengths=tuple(sorted({len(each.split()) for each in (*runs, *shared)})),
    )


def _forms(names: Iterable[str]) -> list[str]:
    """As they are, and in the Swedish genitive."""
    return [form for text in names if (words := _words(text)) for form in (words, f"{words}s")]


def _words(text: str) -> str:
    return " ".join(match[0].casefold() for match in _WORD.finditer(text))


def _digits(text: str) -> str:
    """Without what says in which country, and whether one is in it."""
    return re.sub(r"\D", "", text).removeprefix("00").removeprefix("46").lstrip("0")


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


def find(text: str, looked_for: Wanted) -> list[Found]:
    """By where it stands; of two that overlap, the first."""
    found: list[Found] = []
    for one in sorted(_candidates(text, looked_for), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return found


def _candidates(text: str, looked_for: Wanted) -> Iterator[Found]:
    names, namesakes = frozenset(looked_for.names), frozenset(looked_for.namesakes)
    words = list(_WORD.finditer(text))
    for length in looked_for.lengths:
        for first in range(len(words) - length + 1):
            run = words[first : first + length]
            digest = _digest(looked_for.salt, " ".join(word[0].casefold() for word in run))
            if digest in names or digest in namesakes:
                yield Found(run[0].start(), run[-1].end(), digest in names)
    for number in _PHONE.finditer(text):
        if _digest(looked_for.salt, _digits(number[0])) in names:
            yield Found(number.start(), number.end(), sure=True)


def redacted(text: str, looked_for: Wanted) -> str:
    """Without what is surely theirs."""
    for one in reversed(find(text, looked_for)):
        if one.sure:
            text = text[: one.start] + REDACTED + text[one.end :]
    return text
