"""Who somebody is, is compared in one place: where one side may be absent, two absent sides are not one person."""

import ast
from pathlib import Path

import pytest

from shared.auth import Caller
from shared.errors import Forbidden
from tests.architecture.test_architecture import ROOT, SOURCES

# Written down, not asked for.
_WRITTEN = {"proposer_id"}


def compared(path: Path) -> list[str]:
    """Where a caller's id is compared or asked for as it is, and not by `is_person` and `own_id`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            against_none = [isinstance(op, ast.Is | ast.IsNot) for op in node.ops]
            if any(map(_is_callers_id, (node.left, *node.comparators))) and not all(against_none):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                named = key.value if isinstance(key, ast.Constant) else None
                if _is_callers_id(value) and named not in _WRITTEN:
                    found.append(f"{path.relative_to(ROOT)}:{value.lineno}")
    return found


def _is_callers_id(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Attribute) and node.attr == "person_id"):
        return False
    of = node.value
    return (of.id if isinstance(of, ast.Name) else getattr(of, "attr", "")) == "caller"


def test_a_callers_id_is_compared_in_one_place_only() -> None:
    assert [place for path in SOURCES if path.name != "auth.py" for place in compared(path)] == []


def test_two_who_are_absent_are_not_the_same() -> None:
    system = Caller("csn")
    person = Caller("csn", person_id="a")
    assert not system.is_person(None)
    assert not person.is_person(None)
    assert person.is_person("a")
    assert not system.acts_for(None)
    assert not Caller("csn", person_id="a", coordinator=True).acts_for(None, "a")
    assert not person.acts_for("csn", None)


def test_a_system_asks_for_nothing_of_its_own() -> None:
    with pytest.raises(Forbidden):
        _ = Caller("csn").own_id
