"""Agencies' own systems: each is `examples/agency_system.py` in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from agencynet.demo.network import Network
from agencynet.demo.observing import DidNotHappen
from agencynet.people import Record
from agencynet.stack.errors import CannotStart

_AT_ONCE = 3
_PATIENCE = 60.0
_PROGRAM = Path(__file__).parents[2] / "examples" / "agency_system.py"


class Feeds:
    """Publishes over Kafka, without any of our packages."""

    def __init__(self, network: Network) -> None:
        if not _PROGRAM.exists():
            raise CannotStart(
                f"{_PROGRAM} is not there.", "The story is played from a checkout of the source."
            )
        self._network = network
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def publish(self, agency: str, records: Sequence[Record]) -> str:
        """Send the records; returns the program's last line. A Kafka that is down is tried again for up to a
        minute: a record that comes twice is one record. Raises DidNotHappen unless Kafka took all.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return await self._send(agency, records)
            except DidNotHappen:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(1)

    async def _send(self, agency: str, records: Sequence[Record]) -> str:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "records.jsonl"
            lines = (json.dumps(record.data(), ensure_ascii=False) for record in records)
            file.write_text("\n".join(lines), encoding="utf-8")
            async with self._few:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, _PROGRAM, "--agency", agency, "--file", file),
                    env={**os.environ, "AGENCYNET_KAFKA": self._network.running.kafka},
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
                said, complained = await process.communicate()
        if process.returncode != 0:
            raise DidNotHappen(f"{agency}'s system could not publish: {complained.decode()[-300:]}")
        return said.decode().strip().splitlines()[-1]
