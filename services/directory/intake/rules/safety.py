"""What a record that is refused says about safety: it holds whatever else is wrong with the record."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Safety = Literal["protected", "left"]
_FALSE = frozenset({"false", "no", "n", "nej", "0", "falskt"})
_NOTHING = frozenset({"", "null", "none"})
_LEFT = frozenset({"left", "slutat", "terminated", "inactive", "avslutad", "avslutat", "inaktiv", "avgått"})
_LONGEST_ID = 200
_FLAG = re.compile(r'"protected"\s*:\s*("[^"]*"|[^\s,}"]+)', re.IGNORECASE)
_STATUS = re.compile(r'"status"\s*:\s*"([^"]*)"', re.IGNORECASE)
_ID = re.compile(r'"employee_id"\s*:\s*"?([^",}\n]{1,200})"?')


@dataclass(frozen=True, slots=True)
class SafetyFacts:
    """`protected` is None where nothing is said of it, and true where what is said can't be read."""

    employee_id: str
    version: int | None = None
    protected: bool | None = None
    left: bool = False

    @property
    def holds(self) -> tuple[Safety, ...]:
        said: list[Safety] = []
        if self.protected:
            said.append("protected")
        if self.left:
            said.append("left")
        return tuple(said)


def facts_of(data: Mapping[str, Any], fallback_id: str = "") -> SafetyFacts | None:
    """Of a record's fields, whatever they hold; None where nobody can tell whom they are about."""
    named = data.get("employee_id")
    employee_id = str(named) if isinstance(named, str | int) and not isinstance(named, bool) else ""
    employee_id = employee_id.strip() or fallback_id
    if not employee_id or len(employee_id) > _LONGEST_ID:
        return None
    version = data.get("version")
    return SafetyFacts(
        employee_id,
        version if isinstance(version, int) and not isinstance(version, bool) and version >= 0 else None,
        protection(data.get("protected")),
        str(data.get("status")).strip().casefold() in _LEFT,
    )


def protection(said: object) -> bool | None:
    """Fails closed: what is neither yes, no nor nothing is a yes."""
    if said is None or isinstance(said, bool):
        return said
    word = str(said).strip().casefold()
    if word in _NOTHING:
        return None
    return word not in _FALSE


def facts_in(value: bytes | None, key: bytes | None) -> SafetyFacts | None:
    """Of a message as it came, its key being the employee's id."""
    if not value:
        return None
    name = key.decode(errors="replace").strip() if key else ""
    text = value.decode(errors="replace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return _searched(text, name)
    data = _record_of(read)
    return facts_of(data, name) if data is not None else None


def _record_of(message: Any) -> Mapping[str, Any] | None:
    """The record, in its envelope as it should be, as text in it, or without one."""
    if not isinstance(message, dict):
        return None
    data = message.get("data")
    if isinstance(data, dict):
        return data
    packed = data if isinstance(data, str) else message.get("data_base64")
    if isinstance(packed, str):
        for unpack in (lambda: packed, lambda: b64decode(packed)):
            try:
                inner = json.loads(unpack())
            except (ValueError, RecursionError):
                continue
            if isinstance(inner, dict):
                return inner
    return message if "employee_id" in message or "protected" in message else None


def _searched(text: str, key: str) -> SafetyFacts | None:
    """Of what is no JSON, such as a record that was cut off: only what it plainly says."""
    flag, status, named = _FLAG.search(text), _STATUS.search(text), _ID.search(text)
    employee_id = named[1].strip() if named else key
    if not employee_id or not (flag or status):
        return None
    said = flag[1].strip('"') if flag else None
    left = status is not None and status[1].strip().casefold() in _LEFT
    # Without the flag there is no telling whether it was cut off: the record says nothing of it.
    return SafetyFacts(employee_id, None, protection(said) if flag else False, left)
