"""Whether text can be what somebody wrote, or was read by another alphabet than it was written in."""

import re
from collections.abc import Iterable

_VOWELS = "aeiouyåäöáéèíóúýüAEIOUYÅÄÖ"
_GARBLED = re.compile(
    # UTF-8 read as Windows-1252: Ã¥, Ã¤, Ã¶, Ã…, Ã„, Ã–, Ã©, Ã¼
    r"Ã[¥¤¶©¼¸¨…„–˜€]|â€"
    # A sign for å, ä or ö of Mac Roman or code page 850 inside a word
    r"|(?<=[^\W\d_])[€‚ƒ„…†‡ˆ‰”•™]+(?=[^\W\d_])"
    r"|(?<![^\W\d_])[€…™](?=[^\W\d_])"
    # MŠrta, HŒkan: a capital where a word goes on in small letters
    r"|(?<=[^\W\d_])[ŠŒŽŸ](?=[a-zåäöšœž])"
    # Bjšrn, Malmš: š stands beside a vowel where it belongs
    rf"|(?<=[^\W\d_{_VOWELS}š])š(?![{_VOWELS}š])"
)


def is_garbled(text: str) -> bool:
    return not text.isascii() and _GARBLED.search(text) is not None


def first_garbled(lines: Iterable[str]) -> int | None:
    """The number of the first line that is garbled, where so many are that the whole text is; one name that
    merely looks so is its own row's affair.
    """
    first, garbled, telling = None, 0, 0
    for number, line in enumerate(lines, 1):
        if line.isascii():
            continue
        telling += 1
        if is_garbled(line):
            first = first or number
            garbled += 1
    return first if garbled * 5 > telling else None


def first_of_another_alphabet(lines: Iterable[bytes]) -> int | None:
    """In a text that is partly UTF-8: the first line that is not; None where none or all are."""
    first, has_utf8 = None, False
    for number, line in enumerate(lines, 1):
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            first = first or number
        else:
            has_utf8 = True
    return first if has_utf8 else None
