"""Every refusal has a code of its own, and problems.md lists it (docs/decisions/0031-refusal-codes.md)."""

import ast
from collections import Counter
from pathlib import Path

from agencynet.access.rules import specs
from shared import errors
from shared.errors import Invalid, Refused, WrongField
from shared.web.catalogue import document, kinds

ROOT = Path(__file__).parents[2]
SERVICES = [spec.name for spec in specs()]
# The portal answers with pages, not problems.
ANSWERING = [ROOT / "shared", *(ROOT / "services" / name for name in SERVICES if name != "portal")]
BARE = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Refused | WrongField) and kind is not Invalid
} | {"HTTPException"}


def test_no_two_refusals_share_a_code() -> None:
    codes = Counter(kind.code for kind in kinds(*SERVICES))
    assert len(codes) > 100
    assert not [code for code, number in codes.items() if number > 1]


def test_problems_md_is_what_the_code_says() -> None:
    published = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    assert published == document(SERVICES), "run make contracts"


def made(path: Path) -> set[str]:
    """Names of what a file calls or raises, as `raise Conflict`, `Conflict("…")` or `errors.Conflict("…")`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                found.add(name)
            case ast.Raise(exc=ast.Name(id=name)) | ast.Raise(exc=ast.Attribute(attr=name)):
                found.add(name)
            case _:
                pass
    return found


def test_nothing_is_refused_without_a_code() -> None:
    for folder in ANSWERING:
        for path in folder.rglob("*.py"):
            # What the framework itself would raise for another method (shared/web/methods.py).
            allowed = {"HTTPException"} if path.name == "methods.py" else set()
            assert not (BARE - allowed) & made(path), path
