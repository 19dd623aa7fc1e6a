"""Everything that can be asked of a service with GET, out of its own description."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_MOST = 100


@dataclass(frozen=True)
class Question:
    path: str
    accept: str
    params: dict[str, Any] = field(default_factory=dict[str, Any])


def questions(description: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> Iterator[Question]:
    """`known` are values by parameter; a part of a path that is not among them is tried with every id."""
    anything = [value for name, values in known.items() if name.endswith("_id") for value in values]
    for path, operations in description["paths"].items():
        if not (operation := operations.get("get")):
            continue
        parameters = operation.get("parameters", [])
        named = [each["name"] for each in parameters if each["in"] == "path"]
        query = [each for each in parameters if each["in"] == "query"]
        answered = operation["responses"].get("200", {}).get("content", {}) or {"*/*": {}}
        for values in product(*(known.get(name, anything) for name in named)):
            for accept, params in product(answered, _variants(query, known)):
                yield Question(path.format(**dict(zip(named, values, strict=True))), accept, params)


def _variants(
    query: Sequence[Mapping[str, Any]], known: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, Any]]:
    """What must be told alone, and then with each of what may be."""
    told: dict[str, Any] = {}
    for each in query:
        if each["name"] == "limit":
            told["limit"] = min(_MOST, each["schema"].get("maximum", _MOST))
        elif each.get("required"):
            told[each["name"]] = next(iter(known.get(each["name"], ["upphandlare"])))
    yield told
    for each in query:
        for value in known.get(each["name"], ()):
            yield {**told, each["name"]: value}
