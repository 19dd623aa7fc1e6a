"""The order among equals: family name, given name, id, by the Swedish alphabet.

The engine ranks by one number, so a name's rough place in the alphabet rides on the score as a factor too
small to reach the next level, and whoever share such a place are sorted by their exact keys.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

from services.directory.folding import native

_ALPHABET = " abcdefghijklmnopqrstuvwxyzåäö"
_RANK = {letter: rank for rank, letter in enumerate(_ALPHABET, start=1)}
_SPELT = str.maketrans({"ü": "y", "-": " ", "‐": " "})
_LETTERS_IN_A_KEY = 12
_BITS = 5

# 2 ** -11 of a score below 2,000 stays under one unit; single precision then tells 2,000 places apart.
_LARGEST_SHARE = 2.0**-11
_HEAVIEST = 2 * (2**_LARGEST_SHARE - 1)
_PLACES = 2000


def _letters(name: str) -> str:
    return "".join(
        letter if letter in _RANK else " "
        for letter in native(normalize("NFC", name.lower()).translate(_SPELT))
    )


def _packed(letters: str) -> int:
    key = 0
    for letter in letters[:_LETTERS_IN_A_KEY].ljust(_LETTERS_IN_A_KEY, "\0"):
        key = key << _BITS | _RANK.get(letter, 0)
    return key


def _identity(identifier: str) -> int:
    """Order by id: the first 64 bits of a UUID, or of whatever else serves as an id."""
    try:
        return int(identifier.replace("-", "")[:16], 16)
    except ValueError:
        return int.from_bytes(identifier.encode()[:8].ljust(8, b"\0"), "big")


Key = tuple[int, int, int, int]


@lru_cache(maxsize=16_384)
def _family_key(name: str) -> tuple[int, int]:
    letters = _letters(name)
    return _packed(letters), _packed(letters[_LETTERS_IN_A_KEY:])


@lru_cache(maxsize=4096)
def _given_key(name: str) -> int:
    return _packed(_letters(name))


def exact_key(family_name: str, given_name: str, identifier: str) -> Key:
    return (*_family_key(family_name), _given_key(given_name), _identity(identifier))


class Alphabet:
    """Rough places in the alphabet, as close together as the names of a sample are. They only decide how
    fast the exact order is found, never what it is.
    """

    def __init__(self, sample: Iterable[Key]) -> None:
        places = sorted(set(sample))
        step = max(1, -(-len(places) // _PLACES))
        self._places = places[::step]

    def weight(self, key: Key) -> float:
        """Larger for whoever comes earlier; two people of one weight differ only in their exact keys."""
        count = len(self._places) + 1
        return (count - bisect_left(self._places, key)) / count * _HEAVIEST


def units(score: float) -> int:
    """The score without the alphabet."""
    return math.floor(score + 0.01)
