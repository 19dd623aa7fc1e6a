"""Kafka's files, broken as a disk breaks them: no broker takes such bytes from a producer."""

import struct
from collections.abc import Callable
from pathlib import Path

from aiokafka.record.util import calc_crc32c

_LENGTH_AT, _CRC_AT, _ATTRIBUTES_AT, _RECORDS_AT = 8, 17, 21, 61


def change_last_batch(
    folder: Path, change: Callable[[bytearray], None], *, right_checksum: bool = True
) -> None:
    """Change the last batch of a partition's folder in its place; its checksum says so unless told."""
    file = max(folder.glob("*.log"))
    whole = bytearray(file.read_bytes())
    at = last = 0
    while at < len(whole):
        last = at
        at += 12 + struct.unpack_from(">i", whole, at + _LENGTH_AT)[0]
    batch = whole[last:at]
    size = len(batch)
    change(batch)
    assert len(batch) == size
    if right_checksum:
        struct.pack_into(">I", batch, _CRC_AT, calc_crc32c(batch[_ATTRIBUTES_AT:]))
    with file.open("r+b") as opened:
        opened.seek(last)
        opened.write(batch)


def unknown_codec(batch: bytearray) -> None:
    batch[_ATTRIBUTES_AT + 1] |= 7


def broken_payload(batch: bytearray) -> None:
    batch[_RECORDS_AT:] = bytes(len(batch) - _RECORDS_AT)


def flipped_bit(batch: bytearray) -> None:
    batch[-3] ^= 1


def header_not_utf8(batch: bytearray) -> None:
    at = batch.index(b"header")
    batch[at : at + 2] = b"\xff\xfe"
