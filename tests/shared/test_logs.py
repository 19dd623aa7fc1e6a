"""When what is logged is written."""

import asyncio
import io

from shared.observing.logs import Lines
from tests.harness import eventually


async def test_what_happened_is_written_soon_and_in_its_order() -> None:
    file = io.StringIO()
    lines = Lines(file)
    lines.info("first")
    lines.info("second")
    assert not file.getvalue()

    async def written() -> bool:
        return file.getvalue() == "first\nsecond\n"

    await eventually(written, within=1)


async def test_what_went_wrong_is_written_at_once_with_what_came_before_it() -> None:
    file = io.StringIO()
    lines = Lines(file)
    lines.info("first")
    lines.error("second")
    assert file.getvalue() == "first\nsecond\n"


def test_without_a_loop_nothing_waits() -> None:
    file = io.StringIO()
    Lines(file).info("first")
    assert file.getvalue() == "first\n"


async def test_a_thread_s_lines_are_written_too() -> None:
    file = io.StringIO()
    lines = Lines(file)
    lines.info("first")
    await asyncio.to_thread(lines.warning, "second")
    assert file.getvalue() == "first\nsecond\n"
