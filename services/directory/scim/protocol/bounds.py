"""What one request may ask for. The library takes time by the length of a filter, and by operations times
members: what goes over is refused before it is read, and members leave a group without its help.
"""

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json, to_json
from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
)

Json = dict[str, Any]
Left = dict[int, frozenset[str]]
"""The members that leave a group, by the number of the operation."""

LONGEST, MOST_TERMS, DEEPEST = 2_000, 50, 10
MOST_TAGS = 1_000
MOST_OPERATIONS = 200
MOST_MOVES = 2_000
MOST_BULK_OPERATIONS = 1_000
# Distinct paths are what is parsed; each costs some on its own and some by its length.
_MOST_PATHS, _EACH_PATH = 10_000, 50
_MOST_VALUES, _MOST_MEMBERS = 100, 20_000
_MOST_NAMES = 100
_DEEPEST_BODY = 20
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:group:"
_JOINED = re.compile(r"(?i)(?<![\w$.-])(?:and|or|not)(?![\w$-])")
_ONE_MEMBER = re.compile(rf'(?i)\s*(?:{_GROUP})?members\s*\[\s*value\s+eq\s+"([^"\\]{{1,200}})"\s*\]\s*')
# What the library reads in the place of members that leave: it finds nobody.
_NOBODY = {"op": "remove", "path": 'members[value eq "-"]'}


def check_filter(text: str) -> None:
    if _is_over(text):
        raise InvalidFilterException(detail=_limits("A filter"))


def check_path(text: str) -> None:
    if _is_over(text):
        raise InvalidPathException(detail=_limits("A path"))


def check_tags(*headers: str | None) -> None:
    """Of If-Match and If-None-Match, and of the version in a Bulk: blanks take the library their square."""
    if any(len(each or "") > MOST_TAGS for each in headers):
        raise InvalidValueException(detail=f"If-Match and If-None-Match have at most {MOST_TAGS} characters.")


def check_search(asked: Any) -> None:
    """Of a search: `filter`, `sortBy` and the names of attributes."""
    if not isinstance(asked, dict):
        return
    for name, value in asked.items():
        folded = name.lower()
        if folded == "filter" and isinstance(value, str):
            check_filter(value)
        elif folded == "sortby" and isinstance(value, str):
            check_path(value)
        elif folded in {"attributes", "excludedattributes"}:
            _check_names(value)


def _check_names(value: Any) -> None:
    given = value if isinstance(value, list) else [value]
    texts = [each for each in given if isinstance(each, str)]
    names = sum(text.count(",") + 1 for text in texts)
    if names > _MOST_NAMES or sum(map(len, texts)) > _MOST_NAMES * _EACH_PATH:
        raise InvalidValueException(detail=f"At most {_MOST_NAMES} attributes can be named.")


def read(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        InvalidSyntaxException: it is none, or nested too deep.

    """
    try:
        return from_json(body)
    except ValueError:
        raise InvalidSyntaxException(detail="The body is not JSON, or is nested too deep.") from None


def check_resource(body: bytes) -> None:
    """Of a user or a group: how many values its attributes have."""
    if len(body) > LONGEST:
        _check_values(read(body), "")


def patch(sent: Any) -> Left:
    """Checks a PATCH, and changes it: neighbours that add members become one operation, and those that take
    members away are left to us.

    Raises:
        InvalidPathException, InvalidValueException, PayloadTooLargeException: it goes over.

    """
    if not isinstance(sent, dict):
        return {}
    name = _name(sent, "operations")
    if name is None or not isinstance(sent[name], list):
        return {}
    _check_number(sent[name], MOST_MOVES)
    operations = list(_joined(sent[name]))
    _check_number(operations, MOST_OPERATIONS)
    left: Left = {}
    for index, operation in enumerate(operations):
        gone = _leaving(operation)
        if gone is not None:
            left[index], operations[index] = gone, _NOBODY
    _check_paths(operations)
    for operation in operations:
        _check_values(operation, str(_of(operation, "path") or ""))
    sent[name] = operations
    return left


def bulk(sent: Any, most: int) -> Iterator[tuple[int, Json]]:
    """The operations of a Bulk with what they carry, by number.

    Raises:
        PayloadTooLargeException: there are too many.

    """
    name = _name(sent, "operations") if isinstance(sent, dict) else None
    operations = sent[name] if name else None
    if not isinstance(operations, list):
        return
    if len(operations) > most:
        raise PayloadTooLargeException(detail=f"A Bulk has at most {most} operations.")
    inner = sum(_length(_of(_of(each, "data"), "operations")) for each in operations)
    if inner > MOST_BULK_OPERATIONS:
        raise PayloadTooLargeException(
            detail=f"The PATCHes of a Bulk have at most {MOST_BULK_OPERATIONS} operations together."
        )
    yield from ((index, each) for index, each in enumerate(operations) if isinstance(each, dict))


def written(sent: Any) -> bytes:
    return to_json(sent)


def check_data(operation: Json) -> Left:
    """Of one operation of a Bulk."""
    name = _name(operation, "data")
    if name is None:
        return {}
    if str(_of(operation, "method")).upper() == "PATCH":
        return patch(operation[name])
    _check_values(operation[name], "")
    return {}


def empty(operation: Json) -> None:
    """Take from a Bulk's operation what is refused unread."""
    name = _name(operation, "data")
    if name is not None:
        operation[name] = {}


def _check_number(operations: list[Any], most: int) -> None:
    if len(operations) > most:
        raise PayloadTooLargeException(
            detail=f"A PATCH has at most {MOST_OPERATIONS} operations, or {MOST_MOVES} that only add "
            "members or take them away: send the rest in another."
        )


def _is_over(text: str) -> bool:
    return len(text) > LONGEST or len(_JOINED.findall(text)) >= MOST_TERMS or _depth(text) > DEEPEST


def _limits(what: str) -> str:
    return f"{what} has at most {LONGEST} characters, {MOST_TERMS} terms and brackets {DEEPEST} deep."


def _depth(text: str) -> int:
    """How deep its brackets go, without reading more of it than that."""
    deep = deepest = 0
    for sign in text:
        deep += (sign in "([") - (sign in ")]")
        deepest = max(deepest, deep)
    return deepest


def _check_paths(operations: list[Any]) -> None:
    paths = {path for operation in operations for path in _paths(operation)}
    if sum(len(path) + _EACH_PATH for path in paths) > _MOST_PATHS + LONGEST:
        raise InvalidPathException(
            detail=f"{_limits('A path')} These are too many or too long to read together."
        )
    for path in paths:
        check_path(path)


def _paths(operation: Any) -> Iterator[str]:
    """All that is read as a path: names in values too, for those may be paths themselves."""
    path = _of(operation, "path")
    if isinstance(path, str):
        yield path
    yield from _names(_of(operation, "value"), 0)


def _names(value: Any, deep: int) -> Iterator[str]:
    if isinstance(value, dict):
        if deep > _DEEPEST_BODY:
            raise InvalidSyntaxException(detail="It is nested too deep.")
        for name, inner in value.items():
            yield name
            yield from _names(inner, deep + 1)


def _check_values(value: Any, name: str, deep: int = 0) -> None:
    if deep > _DEEPEST_BODY:
        raise InvalidSyntaxException(detail="It is nested too deep.")
    if isinstance(value, dict):
        for inner, held in value.items():
            # What an operation holds is under its path's name.
            _check_values(held, name if inner.lower() == "value" and name else inner, deep + 1)
    elif isinstance(value, list):
        most = _MOST_MEMBERS if name.lower().endswith("members") else _MOST_VALUES
        if len(value) > most:
            raise InvalidValueException(detail=f"An attribute has at most {most} values.")
        if name.lower().endswith("members"):
            return
        for each in value:
            _check_values(each, name, deep + 1)


def _joined(operations: list[Any]) -> Iterator[Any]:
    """Identity providers send one operation a member: neighbours that do the same are one."""
    last: tuple[str, list[Any]] | None = None
    kept: Any = None
    for operation in operations:
        this = _members(operation)
        if this and last and this[0] == last[0]:
            last[1].extend(this[1])
            continue
        if kept is not None:
            yield kept
        last = this
        # What is joined is ours to change.
        kept = {"op": this[0], "path": "members", "value": this[1]} if this else operation
    if kept is not None:
        yield kept


def _members(operation: Any) -> tuple[str, list[Any]] | None:
    """Whether it only adds members or takes them away: which, and whom."""
    op = str(_of(operation, "op")).lower()
    if op == "remove" and (gone := _leaving(operation)) is not None:
        return op, [{"value": each} for each in gone]
    value = _of(operation, "value")
    if op == "add" and _is_members(_of(operation, "path")) and isinstance(value, list):
        return op, [*value]
    return None


def _leaving(operation: Any) -> frozenset[str] | None:
    path, value = _of(operation, "path"), _of(operation, "value")
    if str(_of(operation, "op")).lower() != "remove" or not isinstance(path, str):
        return None
    if value is None:
        found = _ONE_MEMBER.fullmatch(path) if len(path) < LONGEST else None
        return frozenset({found[1].casefold()}) if found else None
    entries = value if isinstance(value, list) else [value]
    if not _is_members(path) or not entries or not all(map(_is_plain, entries)):
        return None
    return frozenset(_of(each, "value").casefold() for each in entries)


def _is_members(path: Any) -> bool:
    return isinstance(path, str) and path.strip().lower() in {"members", f"{_GROUP}members"}


def _is_plain(entry: Any) -> bool:
    return isinstance(entry, dict) and len(entry) == 1 and isinstance(_of(entry, "value"), str)


def _name(sent: Json, wanted: str) -> str | None:
    """How an attribute is written there: names differ by more than case."""
    found = [name for name in sent if name.lower() == wanted]
    if len(found) > 1:
        raise InvalidSyntaxException(detail=f"{found[0]} is there twice.")
    return found[0] if found else None


def _of(sent: Any, wanted: str) -> Any:
    name = _name(sent, wanted) if isinstance(sent, dict) else None
    return sent[name] if name else None


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0
