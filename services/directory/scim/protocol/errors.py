"""What went wrong, said to those who run an identity provider: not in the words of the library beneath."""

import re

from scim2_models import Error, SCIMException

_LIBRARY = re.compile(
    r"(?i)\d+ validation errors? for|input should|value error|assertion failed|\[type=|pydantic"
)
_SAID = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Invalid JSON.*", "The body is not JSON."),
        (r"Input should be a valid string.*", "must be text"),
        (r"Input should be a valid boolean.*", "must be true or false"),
        (r"Input should be a valid (?:integer|number|decimal).*", "must be a whole number"),
        (r"Unable to parse input string as an integer.*", "must be a whole number, and is too long for one"),
        (r"Input should be a valid (?:list|tuple|array|set).*", "must be a list"),
        (
            r"Input should be (?:a valid dictionary|an object|a valid mapping|a dictionary).*",
            "must be an object",
        ),
        (r"Input should be a valid (?:date|time|datetime).*", "must be a time, such as 2026-11-01T08:00:00Z"),
        (r"Input should be (?:greater|less) than.*", "is outside what is allowed"),
        (r"Input should be ('.*)", r"must be \1"),
        (r"Field required.*", "is missing"),
        (r"Extra inputs are not permitted.*", "is not known"),
        (r"String should have at most (\d+) characters?.*", r"has more than \1 characters"),
        (r"String should have at least 1 character.*", "is empty"),
        (r"String should match pattern.*", "has characters or a form that are not allowed"),
        (r".*not a valid email address.*", "is not an e-mail address"),
        (r"Value error, (.*)", r"\1"),
    )
)
_OTHER = "has a value that does not fit"
_WITH_PATH = re.compile(r"(.*): ([\w$:.\[\]-]{1,300})", re.DOTALL)
# As a whole error of the library is written: its model, then the field, then what is wrong with it.
_WHOLE = re.compile(
    r"\d+ validation errors? for [^\n]*\n([^\n]{0,300})\n {2}([^\n]*?)(?: \[type=.*)?(?:\n.*)?", re.DOTALL
)
# Longer ones hold what was sent.
_LONGEST = 1_000
_CAMEL = re.compile(r"_([a-z])")


def plain(error: Error) -> Error:
    detail = error.detail or ""
    return error if (said := _said(detail)) == detail else error.model_copy(update={"detail": said})


def said_of(exception: SCIMException) -> Error:
    return plain(exception.to_error())


def _said(detail: str) -> str:
    if len(detail) > _LONGEST:
        return _OTHER
    whole = _WHOLE.fullmatch(detail)
    message, path = (
        (whole[2], _CAMEL.sub(lambda found: found[1].upper(), whole[1])) if whole else (detail, "")
    )
    if not whole and (parted := _WITH_PATH.fullmatch(detail)):
        message, path = parted[1], parted[2]
    for pattern, words in _SAID:
        if found := pattern.fullmatch(message):
            return _joined(path, found.expand(words))
    return _joined(path, _OTHER) if _LIBRARY.search(detail) else detail


def _joined(path: str, words: str) -> str:
    # A whole sentence stands alone.
    if words.endswith(".") or not path:
        return words
    return f"{path}: {words}"
