"""The program that agencies copy says what is wrong, in a sentence."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.parts

PROGRAM = Path(__file__).parents[2] / "examples" / "agency_system.py"


async def _run(*arguments: str, given: bytes = b"", kafka: str = "127.0.0.1:9") -> tuple[int, str, str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", str(PROGRAM), "--agency", "spv", *arguments),
        env={**os.environ, "AGENCYNET_KAFKA": kafka},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await program.communicate(given)
    return program.returncode or 0, out.decode(), error.decode()


async def test_it_ends_with_one_sentence_where_there_is_no_kafka() -> None:
    code, out, error = await _run()
    assert (code, out) == (1, "")
    assert error.startswith("Kafka at 127.0.0.1:9 did not take the records: ")
    assert error.count("\n") == 1, "no traceback, nothing left open, nothing logged"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b'{"employee_id": "1"}\n\n{"a":\n', "-, line 3: is not JSON at column 6."),
        (
            b'\xef\xbb\xbf{"employee_id": "1"}\r\n{"employee_id": 2}\r\n',
            "-, line 2: employee_id must be text.",
        ),
        (b'{"employee_id": "1", "given_name": "\xc5sa"}\n', "-, line 1: is not UTF-8."),
        (b'["1"]\n', "-, line 1: is not a JSON object."),
        (b'{"title": "a"}', "-, line 1: employee_id must be text."),
    ],
)
async def test_it_names_the_line_of_a_bad_file(given: bytes, said: str) -> None:
    assert await _run("--file", "-", given=given) == (1, "", f"{said} Nothing has been sent.\n")


async def test_a_file_that_is_not_there_is_said() -> None:
    assert await _run("--file", "/nope") == (1, "", "/nope can't be read: No such file or directory\n")
