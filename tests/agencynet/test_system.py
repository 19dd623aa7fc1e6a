"""Starting everything takes as long as it takes, while it gets on."""

import sys
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from agencynet.local import Local
from agencynet.stack import CannotStart, Process, Stack
from agencynet.stack.ports import free_port
from agencynet.system import System, _ready

pytestmark = pytest.mark.parts

# Says at each look how far it has come, until it is ready; or always the same.
LOADS = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
began, seconds, gets_on = time.monotonic(), float(sys.argv[2]), sys.argv[3] == "on"
class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        passed = time.monotonic() - began
        ready = passed > seconds
        why = f"people are being loaded, {int(passed * 20)} so far" if gets_on else "people are being loaded"
        body = json.dumps({"problems": {} if ready else {"search index": why}}).encode()
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
"""


async def starts(folder: Path, gets_on: str) -> float:
    """How long it was waited for, with a patience of a second."""
    port = free_port()
    process = Process("A service", [sys.executable, "-c", LOADS, str(port), "3", gets_on], folder / "it.log")
    system = System(
        Local(folder), Stack(folder), {"directory": process}, {"directory": f"http://127.0.0.1:{port}"}
    )
    process.start()
    began = monotonic()
    try:
        async with httpx2.AsyncClient(timeout=2) as http:
            await _ready(system, "directory", http, lambda _: None, patience=1.0)
        return monotonic() - began
    finally:
        await process.kill()


async def test_who_loads_people_is_waited_for_while_they_become_more(tmp_path: Path) -> None:
    assert await starts(tmp_path, "on") > 2


async def test_who_gets_nowhere_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="has come no further for 1 seconds"):
        await starts(tmp_path, "stands")
