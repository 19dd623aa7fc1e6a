"""What a power cut takes from Kafka: all that was acknowledged and not yet written out of the page cache.

`kill -9` leaves that cache alone. So the size of every log is noted when all of it is on the disk, and after
the kill each log is cut back to there, or to what Kafka itself has written out since.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

# Kafka writes its own record of topics out with every change.
_KEPT = "__cluster_metadata"
_BATCH = struct.Struct(">qi")
_HEADER = 12

Sizes = dict[Path, int]


def note(logs: Path) -> Sizes:
    """Write everything out, and note how large it is. `logs` is Kafka's log.dirs."""
    os.sync()
    return {file: file.stat().st_size for file in logs.glob("*/*.log")}


def cut(logs: Path, noted: Sizes) -> dict[str, int]:
    """Call when Kafka is dead. Returns how many bytes each partition has lost."""
    written_out = dict(_recovery_points(logs))
    lost: dict[str, int] = {}
    for folder in sorted(path for path in logs.iterdir() if path.is_dir()):
        if folder.name.startswith(_KEPT):
            continue
        taken = sum(
            _cut(file, max(noted.get(file, 0), _size_up_to(file, written_out.get(folder.name, 0))))
            for file in sorted(folder.glob("*.log"), reverse=True)
        )
        if taken:
            lost[folder.name] = taken
    return lost


def _recovery_points(logs: Path) -> Iterator[tuple[str, int]]:
    """Up to which offset Kafka says that each partition is on the disk."""
    file = logs / "recovery-point-offset-checkpoint"
    for line in file.read_text().splitlines()[2:] if file.exists() else ():
        topic, partition, offset = line.rsplit(" ", 2)
        yield f"{topic}-{partition}", int(offset)


def _size_up_to(file: Path, offset: int) -> int:
    """Of the batches that begin before it."""
    size = 0
    with file.open("rb") as opened:
        while len(header := opened.read(_HEADER)) == _HEADER:
            base, length = _BATCH.unpack(header)
            if base >= offset or length <= 0:
                break
            size += _HEADER + length
            opened.seek(size)
    return size


def _cut(file: Path, size: int) -> int:
    before = file.stat().st_size
    if size >= before:
        return 0
    base = int(file.stem)
    if size == 0 and base > 0:
        # The segment was not there yet.
        for beside in file.parent.glob(f"{file.stem}.*"):
            beside.unlink()
        return before
    os.truncate(file, size)
    for beside in ("index", "timeindex", "txnindex"):
        file.with_suffix(f".{beside}").unlink(missing_ok=True)
    return before - size
