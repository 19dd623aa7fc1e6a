"""What `make measure` counts, on code that has each of it, and what must stay as it is."""

import ast
from pathlib import Path

import pytest

from tests.architecture import measure
from tests.architecture.test_architecture import ROOT


def _file(folder: Path, code: str, name: str = "handlers.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    return path


def test_a_subscript_by_name_is_counted_and_a_type_is_not(tmp_path: Path) -> None:
    code = 'a = x["one"]\nx["two"] = x[0] + x[key]\nb: Literal["three"] = "three"'
    assert measure.subscripts(_file(tmp_path, code)) == 2


@pytest.mark.parametrize(
    ("signature", "bare"),
    [
        ("(a: dict[str, Any])", True),
        ("(a: dict)", True),
        ("(*, a: Mapping[str, object])", True),
        ("() -> list[Document]", True),
        ("() -> dict[str, Document]", True),
        ("(a: dict[str, int]) -> Mapping[str, Seat] | None", False),
        ("(a: Person) -> None", False),
        ("(a)", False),
    ],
)
def test_a_bare_dict_is_one_of_anything(signature: str, bare: bool) -> None:
    (function,) = ast.parse(f"def f{signature}: ...").body
    assert isinstance(function, ast.FunctionDef)
    assert measure.takes_or_returns_bare(function) == bare


def test_a_refusal_has_a_code_when_its_class_has(tmp_path: Path) -> None:
    code = """
class Refused(Exception): ...
class NotFound(Refused): ...
class NoSeat(NotFound):
    title = "No seat"
def f():
    raise NotFound("no")
    raise NoSeat
    raise ValueError
"""
    assert [place.rpartition(":")[2] for place in measure.without_code([_file(tmp_path, code)])] == ["7"]


def test_lines_of_docstrings_and_lines_of_comments_are_told_apart(tmp_path: Path) -> None:
    path = _file(tmp_path, '"""One\ntwo."""\n# Three.\na = "# no"  # beside\n\ndef f():\n    """Four."""\n')
    assert measure.said([path]) == (3, 1)


@pytest.mark.parametrize("name", measure.SPINES)
def test_each_file_on_the_way_to_a_mail_leads_to_the_next(name: str) -> None:
    assert measure.broken_spine(ROOT, measure.SPINES[name]) == ""


def test_a_file_that_leads_nowhere_breaks_the_way() -> None:
    assert not measure.leads(ROOT, "services/directory/worktime.py", "services/notify/worker/sending.py")
    assert measure.broken_spine(ROOT, ("shared/gone.py",)) == "shared/gone.py is gone"


def test_one_mechanism_alone_keeps_work_for_later() -> None:
    assert measure.due_mechanisms(ROOT) == ["shared/due/rows.py"]
