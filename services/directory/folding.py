"""Letters and words. *Native* text keeps å ä ö and nothing else beyond the plain letters; *folded* text
has lost those too.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 60

_TO_SWEDISH = str.maketrans(
    {
        "ø": "ö",
        "œ": "ö",
        "æ": "ä",
        "ı": "i",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŋ": "n",
        "ŧ": "t",
    }
)
_SWEDISH = frozenset("åäö")
# Marks on letters, and halves of characters that no encoding takes.
_DROPPED = frozenset({"Mn", "Mc", "Me", "Cs"})
_CHUNK = re.compile(r"[^\W_]+(?:[-‐'’.][^\W_]+)*")
_JOINERS = re.compile(r"[-‐'’.]")


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    if character in _SWEDISH:
        return character
    decomposed = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in decomposed if unicodedata.category(part) not in _DROPPED)
    return bare.casefold().translate(_TO_SWEDISH)


def native(text: str) -> str:
    """Lower case with å ä ö kept; é, ü, ø, ı and their kin become the letters a Swede would type."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", lowered).casefold())
    return "".join(map(_letter, composed))


def plain(word: str) -> str:
    """Native text without å ä ö."""
    return word if word.isascii() else word.replace("å", "a").replace("ä", "a").replace("ö", "o")


def fold(text: str) -> str:
    return plain(native(text))


def typed_diacritics(word: str) -> bool:
    return not word.isascii() and not _SWEDISH.isdisjoint(word)


def pieces(chunk: str) -> tuple[str, ...]:
    """The words of a native chunk such as `hr-specialist`, without its hyphens."""
    return tuple(piece[:LONGEST_WORD] for piece in _JOINERS.split(chunk))


def joined(chunk: str) -> str:
    return _JOINERS.sub("", chunk)[:LONGEST_WORD]


def chunks(text: str) -> list[str]:
    """What stands between spaces and signs in native text; hyphens, apostrophes and dots inside stay."""
    return _CHUNK.findall(text)


@lru_cache(maxsize=16_384)
def tokens(text: str) -> tuple[str, ...]:
    """The native words of any text, in order and once each; hyphened words both split and joined."""
    found: dict[str, None] = {}
    for chunk in chunks(native(text)):
        split = pieces(chunk)
        found.update(dict.fromkeys(split))
        if len(split) > 1:
            found[joined(chunk)] = None
    return tuple(found)
