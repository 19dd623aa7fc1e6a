""".ci/again.sh: what fails is run once more, and said."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_architecture import ROOT

pytestmark = pytest.mark.parts

_SCRIPT = 'set -euo pipefail; python=$1; source again.sh; tests test; echo "The next step."; tests test-ci'
_MAKEFILE = """
test:
	@{python} -m pytest -q test_first.py
test-ci:
	@{python} -m pytest -q test_second.py
"""
_PASSES = "def test_passes(): ..."
_FAILS = "def test_fails(): assert False"
_FAILS_ONCE = """
from pathlib import Path
def test_fails_once(tmp_path_factory):
    seen = Path("seen")
    try:
        assert seen.exists()
    finally:
        seen.touch()
"""


@pytest.mark.parametrize(
    ("first", "second", "code", "goes_on", "listed"),
    [
        (_PASSES, _PASSES, 0, True, []),
        (_FAILS_ONCE, _PASSES, 0, True, ["test_first.py::test_fails_once"]),
        (_PASSES, _FAILS_ONCE, 0, True, ["test_second.py::test_fails_once"]),
        (_FAILS, _PASSES, 1, False, ["test_first.py::test_fails"]),
        (_FAILS_ONCE, _FAILS, 1, True, ["test_first.py::test_fails_once", "test_second.py::test_fails"]),
    ],
    ids=["all pass", "the first fails once", "the second fails once", "the first fails", "the second fails"],
)
def test_what_failed_is_run_once_more_and_listed_at_the_end(
    tmp_path: Path, first: str, second: str, code: int, goes_on: bool, listed: list[str]
) -> None:
    shutil.copy(ROOT / ".ci" / "again.sh", tmp_path)
    (tmp_path / "Makefile").write_text(_MAKEFILE.format(python=sys.executable))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_first.py").write_text(first)
    (tmp_path / "test_second.py").write_text(second)
    ran = subprocess.run(
        ["bash", "-c", _SCRIPT, "run", sys.executable],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert ("The next step." in ran.stdout) == goes_on
    _, _, end = ran.stdout.partition("These tests needed a second run:\n")
    assert end.split() == listed
