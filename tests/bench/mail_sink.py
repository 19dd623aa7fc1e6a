"""A mail server as fast as can be that does what every real one must before it says 250 (RFC 5321 4.2.5):
it has the mail on disk. A process of its own; prints its port.
"""

import asyncio
import os
import tempfile

import uvloop


class _Disk:
    """One fsync for all mails that came meanwhile, as a mail server's queue does it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._waiting: list[asyncio.Transport] = []
        self._work = asyncio.Event()

    def keep(self, mail: bytes, transport: asyncio.Transport) -> None:
        self._file.write(mail)
        self._waiting.append(transport)
        self._work.set()

    async def run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            waiting, self._waiting = self._waiting, []
            self._file.flush()
            await asyncio.to_thread(os.fdatasync, self._file.fileno())
            for transport in waiting:
                transport.write(b"250 2.0.0 kept\r\n")


class _Session(asyncio.Protocol):
    def __init__(self, disk: _Disk) -> None:
        self._disk = disk
        self._data = False
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # pyright: ignore[reportAttributeAccessIssue]
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n.\r\n" if self._data else b"\r\n")
        if not found:
            return False
        self._buffer = rest
        if self._data:
            self._data = False
            self._disk.keep(line, self._transport)
        elif line[:4].upper() == b"DATA":
            self._data = True
            self._transport.write(b"354 go ahead\r\n")
        elif line[:4].upper() == b"EHLO":
            self._transport.write(b"250-sink\r\n250 8BITMIME\r\n")
        else:
            self._transport.write(b"250 2.0.0 OK\r\n")
        return True


async def main() -> None:
    disk = _Disk()
    server = await asyncio.get_running_loop().create_server(lambda: _Session(disk), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(disk.run())
        tasks.create_task(server.serve_forever())


if __name__ == "__main__":
    uvloop.run(main())
