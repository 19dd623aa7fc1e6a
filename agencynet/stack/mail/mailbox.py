"""Mail on disk in one file, with an index in memory.

The file is in the mbox format with lengths (mboxcl2), so other mail programs can open it. One file and not
one for each mail: then one fsync serves everybody who waits.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one recipient, as the envelope said it."""

    id: int
    """Microseconds since 1970 when it came; rising and never the same twice."""
    sender: str
    recipient: str
    offset: int
    size: int

    @property
    def arrived(self) -> datetime:
        return datetime.fromtimestamp(self.id / 1_000_000, UTC)


class Mailbox:
    def __init__(self, folder: Path) -> None:
        """Opens what is there. The end of a write that a crash cut short goes: nobody got its 250."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "mailbox", os.O_RDWR | os.O_CREAT, 0o600)
        self._waiting: list[tuple[list[_Entry], asyncio.Future[None]]] = []
        self._something_waits = asyncio.Event()
        self._all: list[Delivery] = []
        self._by_id: dict[int, Delivery] = {}
        self._by_recipient: dict[str, list[Delivery]] = defaultdict(list)
        self._end = 0
        with (folder / "mailbox").open("rb") as file:
            for delivery in _entries(file):
                self._index(delivery)
                self._end = delivery.offset + delivery.size + 1
        os.ftruncate(self._file, self._end)
        self._last_id = self._all[-1].id if self._all else 0

    async def keep(self, sender: str, recipients: Iterable[str], content: bytes) -> None:
        """Returns when every copy is on disk and can be found here. Raises OSError if that fails."""
        entries = [_Entry(self._next_id(), sender, recipient, content) for recipient in recipients]
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((entries, written))
        self._something_waits.set()
        await written

    async def write_what_comes(self) -> None:
        """Writes until cancelled, everything that waits at once."""
        while True:
            await self._something_waits.wait()
            self._something_waits.clear()
            batch, self._waiting = self._waiting, []
            lines = [line for entries, _ in batch for entry in entries for line in entry.lines()]
            try:
                await asyncio.to_thread(self._append, b"".join(lines))
            except OSError as error:
                for _, written in batch:
                    _tell(written, error)
                continue
            for entries, written in batch:
                for entry in entries:
                    self._index(entry.at(self._end))
                    self._end += entry.length
                _tell(written, None)

    def newest_first(
        self, *, to: str | None = None, to_contains: str = "", since: int = 0
    ) -> Iterator[Delivery]:
        """`to` is a whole address, `to_contains` a part of one, `since` microseconds; case doesn't count."""
        found = self._all if to is None else self._by_recipient.get(to.casefold(), [])
        part = to_contains.casefold()
        for place in range(len(found) - 1, -1, -1):
            if found[place].id < since:
                return
            if part in found[place].recipient.casefold():
                yield found[place]

    def get(self, delivery_id: int) -> Delivery | None:
        return self._by_id.get(delivery_id)

    def source(self, delivery: Delivery) -> bytes:
        """The mail as it came."""
        return os.pread(self._file, delivery.size, delivery.offset)

    def _next_id(self) -> int:
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        return self._last_id

    def _index(self, delivery: Delivery) -> None:
        self._all.append(delivery)
        self._by_id[delivery.id] = delivery
        self._by_recipient[delivery.recipient.casefold()].append(delivery)

    def _append(self, content: bytes) -> None:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.pwrite(self._file, rest, self._end + len(content) - len(rest)) :]
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    sender: str
    recipient: str
    content: bytes

    def lines(self) -> tuple[bytes, bytes, bytes]:
        return self._head(), self.content, b"\n"

    @property
    def length(self) -> int:
        return len(self._head()) + len(self.content) + 1

    def at(self, start: int) -> Delivery:
        offset = start + len(self._head())
        return Delivery(self.id, self.sender, self.recipient, offset, len(self.content))

    def _head(self) -> bytes:
        came = time.asctime(time.gmtime(self.id / 1_000_000))
        return (
            f"From {self.sender or 'MAILER-DAEMON'} {came}\n"
            f"X-Arrived: {self.id}\nReturn-Path: <{self.sender}>\nDelivered-To: {self.recipient}\n"
            f"Content-Length: {len(self.content)}\n"
        ).encode("utf-8", "surrogateescape")


def _entries(file: BinaryIO) -> Iterator[Delivery]:
    """Every whole entry from the beginning."""
    size = os.fstat(file.fileno()).st_size
    while file.readline():
        fields = [file.readline().partition(b":")[2].strip() for _ in range(4)]
        arrived, sender, recipient, length = (field.decode("utf-8", "surrogateescape") for field in fields)
        offset = file.tell()
        if not length.isdigit() or offset + int(length) + 1 > size:
            return
        yield Delivery(int(arrived), sender.strip("<>"), recipient, offset, int(length))
        file.seek(int(length) + 1, os.SEEK_CUR)


def _tell(written: asyncio.Future[None], error: OSError | None) -> None:
    if written.done():  # the sender hung up meanwhile
        return
    if error:
        written.set_exception(error)
    else:
        written.set_result(None)
