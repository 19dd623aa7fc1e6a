"""Text as people and systems send it, in one form: NFC, plain blanks, nothing invisible."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

# Printable Latin-1 with single blanks inside: most of what comes, and in its form already.
is_plain = re.compile(r"(?:[!-~¡-¬®-ÿ]+(?: [!-~¡-¬®-ÿ]+)*)?").fullmatch
_ZWNJ, _ZWJ = "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"
# Drawn as nothing, though Unicode counts them as marks and letters: a grapheme joiner and the fillers.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_BRAILLE_BLANK = "\N{BRAILLE PATTERN BLANK}"
_LINE_SEPARATORS = frozenset({"Zl", "Zp"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029]")
_SAID_OF_CATEGORIES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Cc": ("a control character", "ett styrtecken"),
        "Cs": ("half a character", "ett halvt tecken"),
        "Co": ("a character without a common meaning", "ett tecken utan gemensam betydelse"),
        "Cn": ("a code that is no character", "en kod som inte är något tecken"),
    }
)
_SAID: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "\t": ("a tab", "en tabb"),
        "\n": ("a line break", "en radbrytning"),
        "\r": ("a line break", "en radbrytning"),
        "\x00": ("a null character", "ett nolltecken"),
        "\N{REPLACEMENT CHARACTER}": (
            "the sign for a letter that was lost on the way",
            "tecknet för en bokstav som gick förlorad på vägen",
        ),
    }
)


class Unfit(ValueError):  # noqa: N818
    """A text that is refused; the argument is the character, or nothing where no sign is visible."""

    def __init__(self, character: str = "") -> None:
        super().__init__(f"has {named(character)}, which is not allowed" if character else "is blank")
        self.character = character


def named(character: str, language: str = "en") -> str:
    """The character in words, with its code: it is often one that nobody can see."""
    words = _SAID.get(character) or _SAID_OF_CATEGORIES[unicodedata.category(character)]
    return f"{words[language == 'sv']} (U+{ord(character):04X})"


_REFUSED = re.compile(r"has (?P<english>.+) \((?P<code>U\+[0-9A-F]{4,6})\), which is not allowed")
_IN_SWEDISH = dict((*_SAID.values(), *_SAID_OF_CATEGORIES.values()))


def in_swedish(reason: str) -> str | None:
    """What `Unfit` says; None for any other reason."""
    if reason == "is blank":
        return "är tomt"
    found = _REFUSED.fullmatch(reason)
    if found is None or found["english"] not in _IN_SWEDISH:
        return None
    return f"har {_IN_SWEDISH[found['english']]} ({found['code']}), och det är inte tillåtet"


def line(text: str) -> str:
    """One line of text.

    Raises:
        Unfit: it has a character that no line of text has.
    """
    if is_plain(text) is not None:
        return text
    return _cleaned(text, allowed="").strip()


def lines(text: str) -> str:
    """Text of several lines, with line feeds between them. Blanks stay where they are: they may be a list.

    Raises:
        Unfit: it has a character that no text has.
    """
    return _cleaned(_LINE_BREAKS.sub("\n", text), allowed="\n\t")


def control_in(text: str) -> str:
    """The first control character other than a tab and the ends of lines; empty where there is none."""
    found = _CONTROL.search(text)
    return found[0] if found else ""


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return not text[:1].isalnum() and not any(
        unicodedata.category(sign)[0] in "LNPS" and sign != _BRAILLE_BLANK for sign in text
    )


def _cleaned(text: str, *, allowed: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    for at, sign in enumerate(composed):
        if " " <= sign <= "~" or sign in allowed:
            kept.append(sign)
            continue
        category = unicodedata.category(sign)
        if category in _LINE_SEPARATORS or category == "Zs":
            kept.append(" ")
        elif category == "Cf" or sign in _FILLERS:
            if sign in (_ZWNJ, _ZWJ) and _joins(sign, composed[at - 1 : at], composed[at + 1 : at + 2]):
                kept.append(sign)
        elif _is_refused(sign, category):
            raise Unfit(sign)
        else:
            kept.append(sign)
    # Once more: what stood between a letter and its accent may be gone.
    return unicodedata.normalize("NFC", "".join(kept))


def _joins(joiner: str, before: str, after: str) -> bool:
    """Persian names and Indic scripts are spelt with joiners, and emoji are built with one."""
    if not before or not after:
        return False
    if _shapes_letters(before) and _shapes_letters(after):
        return True
    return joiner == _ZWJ and _is_pictured(before) and _is_pictured(after)


@cache
def _shapes_letters(sign: str) -> bool:
    """Arabic and its neighbours to Mongolian, where a letter's form depends on what it joins."""
    return "\u0600" <= sign <= "\u1cff" or "\ufb50" <= sign <= "\ufdff" or "\ufe70" <= sign <= "\ufefc"


@cache
def _is_pictured(sign: str) -> bool:
    # A skin tone or a variation selector may stand between a picture and its joiner.
    return sign == "\N{VARIATION SELECTOR-16}" or (
        sign >= "\u2190" and unicodedata.category(sign) in _PICTURED
    )


_PICTURED = frozenset({"So", "Sk", "Sm", "Cn"})


@cache
def _is_refused(sign: str, category: str) -> bool:
    if category == "Cn":
        # What is unassigned here may be somebody's new emoji; what is reserved never becomes a character.
        code = ord(sign)
        return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return category in _SAID_OF_CATEGORIES or sign in _SAID
