"""Text that people type, for formats in which the end of a line means something."""

import re

# What some program or other takes for the end of a line: more than CRLF, and more than Python's `\n`.
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def lines(text: str) -> str:
    """Only LF ends a line, and no control character is left but the tab."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    return lines(text).replace("\n", " ").replace("\t", " ")
