"""What a service keeps has a type: no bare document reaches a rule, a handler or a route."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Whose documents are typed. What is added here stays typed.
TYPED = ("services/notify",)
# Stores read and write documents; templates, search and mail words have data of their own kinds.
_ELSEWHERE = {"store", "mail", "templates"}
_BARE = re.compile(r"\bDocument\b|\b(dict|Mapping)\[str, Any\]")


def sources(folder: str) -> list[Path]:
    return sorted(
        path
        for path in (ROOT / folder).rglob("*.py")
        if not _ELSEWHERE & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    )


def declared(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The types of arguments, results and fields. What a function does with a variable is its own affair."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            for each in (*(a.annotation for a in arguments), node.returns):
                if each is not None:
                    yield node.lineno, ast.unparse(each)
        elif isinstance(node, ast.ClassDef | ast.Module):
            for each in node.body:
                if isinstance(each, ast.AnnAssign):
                    yield each.lineno, ast.unparse(each.annotation)
                elif isinstance(each, ast.Assign):
                    yield each.lineno, ast.unparse(each.value)


@pytest.mark.parametrize("folder", TYPED)
def test_no_bare_document_leaves_the_store(folder: str) -> None:
    found = sources(folder)
    assert found
    bare = [
        f"{path.relative_to(ROOT)}:{line} {said}"
        for path in found
        for line, said in declared(ast.parse(path.read_text(encoding="utf-8")))
        if _BARE.search(said)
    ]
    assert not bare
