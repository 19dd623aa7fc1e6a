"""Text that people typed, in what spreadsheets, logs and address books read."""

import csv
import io
import json
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.formats import spreadsheets
from shared.formats.plain_text import lines, one_line
from tests.typed import HOSTILE


@given(HOSTILE)
def test_one_line_is_one_line_to_every_reader_and_nothing_else_is_lost(text: str) -> None:
    assert one_line(text).splitlines() in ([], [one_line(text)])
    assert lines(text).splitlines() == (lines(text) + "\n").split("\n")[: len(lines(text).splitlines())]
    assert [c for c in one_line(text) if c.isalnum()] == [c for c in text if c.isalnum()]


@given(st.lists(st.lists(HOSTILE, min_size=2, max_size=2), min_size=1, max_size=5))
@example([["=1+1", " =1+1"], ["\uff1d1", "+46 60"], ["-1;=2", '"=1"'], ["\r=1", "\u2028=1"], ["", "\x1b="]])
def test_a_spreadsheet_reads_the_cells_that_were_written_and_runs_none(cells: list[list[str]]) -> None:
    text = spreadsheets.rows(cells)
    assert text.split("\r\n") == [*text.splitlines(), ""]
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    assert [len(row) for row in read] == [2] * len(cells)
    for row, written in zip(read, cells, strict=True):
        for cell, said in zip(row, written, strict=True):
            assert cell in {one_line(said), f"'{one_line(said)}"}
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


@pytest.mark.parts
@pytest.mark.parametrize("end", ["\r\n", "\n", "\x85", "\u2028", "\u2029", "\v"])
def test_a_log_entry_is_one_line_to_every_reader(end: str) -> None:
    code = (
        "import sys, structlog; from shared.observing.logs import configure; configure('test');"
        "structlog.get_logger().info('tried', words=sys.argv[1] + 'å')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, f"a{end}b"], capture_output=True, check=True, timeout=60
    )
    [line] = ran.stderr.decode().splitlines()
    assert json.loads(line)["words"] == f"a{end}bå"
    assert "å" in line
