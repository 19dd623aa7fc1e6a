"""A child process with its log file, that dies with us and not before we say so."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agencynet.stack.errors import CannotStart
from shared.running.orphans import end_with

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_POLL_SECONDS = 0.02


@dataclass
class Process:
    """One command, its log and its life. It can be started again when it has ended.

    It has a session of its own, so that Ctrl-C in the terminal reaches us alone and we stop the parts in
    order. When we die, by `kill -9` too, the system sends it SIGTERM (Linux only).
    """

    name: str
    command: Sequence[str | Path] = field(repr=False)
    log: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is added to our own environment."""
    cwd: Path | None = None
    keep_open: tuple[int, ...] = ()
    """File descriptors that it inherits."""
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it; its earlier log is kept beside as `<log>.1`.

        Call from a thread that lives as long as the process should: the system counts the thread that
        started it as the parent. Raises CannotStart if the log can't be written or the program can't be run.
        """
        if self.alive():
            raise RuntimeError(f"{self.name} is already running")
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            if self.log.exists():
                self.log.replace(self.log.with_name(self.log.name + ".1"))
            with self.log.open("wb") as output:
                self._popen = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self.env},
                    cwd=self.cwd,
                    pass_fds=self.keep_open,
                    start_new_session=True,
                    preexec_fn=partial(_begin, os.getpid()),  # noqa: PLW1509 - three system calls
                )
        except OSError as error:
            raise CannotStart(
                f"{self.name} can't be started: {error.strerror or error} ({error.filename}).",
                "See that the file is there and that the disk is neither full nor read-only.",
            ) from error

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    @property
    def worker(self) -> int | None:
        """The process that does the work where this one only stands by (shared/running/standby.py); this one
        if it has none.
        """
        if self.pid is None:
            return None
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        except OSError:
            return self.pid
        return int(children[0]) if children else self.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, minus the signal's number if a signal ended it."""
        return self._popen.poll() if self._popen else None

    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    async def exited(self) -> int:
        """Wait for its end, however long that takes, and give its exit code."""
        while (code := self.exit_code) is None:  # noqa: ASYNC110 - nothing tells of its end
            await asyncio.sleep(_POLL_SECONDS)
        return code

    async def stop(self, within: float = 10.0) -> None:
        """SIGTERM, and SIGKILL after `within` seconds. Does nothing if it has ended already."""
        if not self.alive():
            return
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.exited(), within)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL to it and whatever it has started, and wait until it is gone."""
        if self._popen and self.alive():
            os.killpg(self._popen.pid, signal.SIGKILL)
            await self.exited()

    def signal(self, number: signal.Signals) -> None:
        """Does nothing if it has ended."""
        if self._popen:
            self._popen.send_signal(number)

    def last_lines(self, count: int = 20) -> list[str]:
        """The end of its log since it was last started; empty if there is none."""
        try:
            with self.log.open(encoding="utf-8", errors="replace") as lines:
                return [line.rstrip("\n") for line in deque(lines, maxlen=count)]
        except FileNotFoundError:
            return []


def _begin(parent: int) -> None:
    # A background shell (`agencynet run &`) has SIGINT ignored, against the terminal's Ctrl-C. That never
    # reaches a session of its own, and a child that inherited it could not be ended by SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with(parent, signal.SIGTERM)


async def listening(process: Process, port: int, within: float, advice: str) -> None:
    """Wait until `process` takes connections on the loopback. Raises CannotStart if it ends before."""
    deadline = time.monotonic() + within
    while True:
        if not process.alive() or time.monotonic() > deadline:
            raise did_not_start(process, advice)
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            writer.close()
            return


def did_not_start(process: Process, advice: str) -> CannotStart:
    """Why, as far as its log tells."""
    log = "\n".join(process.last_lines())
    known = log.lower()
    what = f"{process.name} did not start."
    if "address already in use" in known:
        what = f"Another program took the port of {process.name} just as it was starting."
    elif "no space left" in known:
        what = f"{process.name} did not start: the disk is full."
    elif "error while loading shared libraries" in known:
        what = f"{process.name} did not start: a system library that it needs is missing."
    return CannotStart(what, f"{process.log} says more. {advice}", log)
