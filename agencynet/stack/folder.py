"""The data folder: writable, roomy enough, and one run at a time in it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from pathlib import Path

from agencynet.stack.errors import CannotStart

_WAIT_FOR_ORPHANS_SECONDS = 20.0
_NEEDED_BYTES = 1_000_000_000


def make_folder(folder: Path) -> Path:
    """Make it if it isn't there. Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error
    return folder


def check_space(folder: Path) -> None:
    """Raises CannotStart if the disk has too little room for the local stack."""
    free = shutil.disk_usage(folder).free
    if free < _NEEDED_BYTES:
        raise CannotStart(
            f"The disk under {folder} has {free // 1_000_000} MB free; "
            f"the local stack needs {_NEEDED_BYTES // 1_000_000} MB.",
            "Free space, or choose another folder.",
        )


async def lock_folder(folder: Path) -> int:
    """Make the folder and hold it; returns the file descriptor to close when done.

    The parts inherit the descriptor, so the folder stays held until the last of them has ended. After a
    `kill -9` that takes them a moment, and we wait for it. Raises CannotStart if another run is alive or
    the folder can't be written.
    """
    try:
        held = os.open(make_folder(folder) / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _not_writable(folder, error) from error
    try:
        await _take(held, folder)
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
    except BaseException:
        os.close(held)
        raise
    return held


def _not_writable(folder: Path, error: OSError) -> CannotStart:
    return CannotStart(
        f"Nothing can be written in {folder}: {error.strerror}.",
        "Free space, make the folder writable, or choose another folder.",
    )


async def _take(held: int, folder: Path) -> None:
    deadline = time.monotonic() + _WAIT_FOR_ORPHANS_SECONDS
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(held, 20, 0).decode().strip()
            if _runs(owner) or time.monotonic() > deadline:
                raise CannotStart(
                    f"Another run (process {owner or 'unknown'}) is using {folder}.",
                    "Stop it first, or choose another folder.",
                ) from None
        else:
            return
        await asyncio.sleep(0.1)


def _runs(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
