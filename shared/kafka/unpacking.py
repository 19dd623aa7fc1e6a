"""Unpacks what producers compress, up to a size.

A megabyte of zstd may hold gigabytes, and aiokafka unpacks whatever comes. Its decoders are replaced by ones
that stop, for every consumer of the process; what they refuse is a CorruptRecordException like all that
aiokafka itself can't read.
"""

import struct
import zlib
from collections.abc import Callable
from typing import Any, Literal

import cramjam
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record import default_records, legacy_records

# An ordinary producer packs at most 1 MB of records into a batch; one that is set to pack more, up to 16.
MOST_BYTES = 32 * 1024 * 1024
_ROOM = 8
_LEAST_ROOM = 64 * 1024
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = 16
_GZIP = 16 + zlib.MAX_WBITS


Why = Literal["codec", "checksum", "too_large", "broken"]


class TooLarge(CorruptRecordException):
    """More comes out of it than anybody has a reason to put in."""


def why(error: BaseException) -> Why:
    """What is wrong, in a word, of an error of `UNREADABLE`."""
    if isinstance(error, TooLarge):
        return "too_large"
    if isinstance(error, UnsupportedCodecError):
        return "codec"
    return "checksum" if "CRC" in str(error) else "broken"


def _grown(into: Callable[[Any, bytearray], int], packed: bytes, name: str) -> bytes:
    """Unpack into a buffer that doubles until it fits: what a frame says of its size is its sender's word."""
    room = min(MOST_BYTES, max(_LEAST_ROOM, _ROOM * len(packed)))
    while True:
        buffer = bytearray(room)
        try:
            return bytes(memoryview(buffer)[: into(packed, buffer)])
        except cramjam.DecompressionError as error:
            # cramjam has one error for a buffer that is too small and for what is broken.
            if "whole buffer" not in str(error) and "too small" not in str(error):
                raise CorruptRecordException(f"{name} can't be unpacked") from error
            if room == MOST_BYTES:
                raise _too_large(name) from error
            room = min(MOST_BYTES, 4 * room)


def _too_large(name: str) -> TooLarge:
    return TooLarge(f"{name} holds more than {MOST_BYTES} bytes")


def unpack_zstd(packed: Any) -> bytes:
    return _grown(cramjam.zstd.decompress_into, bytes(packed), "zstd")


def unpack_lz4(packed: Any) -> bytes:
    return _grown(cramjam.lz4.decompress_into, bytes(packed), "lz4")


def unpack_gzip(packed: Any) -> bytes:
    rest, unpacked = bytes(packed), bytearray()
    while rest:
        member = zlib.decompressobj(wbits=_GZIP)
        try:
            unpacked += member.decompress(rest, MOST_BYTES - len(unpacked) + 1)
        except zlib.error as error:
            raise CorruptRecordException("gzip can't be unpacked") from error
        if len(unpacked) > MOST_BYTES:
            raise _too_large("gzip")
        if not member.eof:
            raise CorruptRecordException("gzip ends too early")
        rest = member.unused_data
    return bytes(unpacked)


def unpack_snappy(packed: Any) -> bytes:
    """Both as one block and as Java's snappy frames it (xerial)."""
    whole = memoryview(bytes(packed))
    if bytes(whole[: len(_XERIAL_MAGIC)]) != _XERIAL_MAGIC:
        return _snappy_block(whole, MOST_BYTES)
    unpacked, at = bytearray(), _XERIAL_HEADER
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 4], "big")
        block = whole[at + 4 : at + 4 + length]
        if len(whole) < at + 4 or len(block) < length:
            raise CorruptRecordException("snappy ends too early")
        unpacked += _snappy_block(block, MOST_BYTES - len(unpacked))
        at += 4 + length
    return bytes(unpacked)


def _snappy_block(block: memoryview, most: int) -> bytes:
    try:
        if cramjam.snappy.decompress_raw_len(block) > most:
            raise _too_large("snappy")
        return bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise CorruptRecordException("snappy can't be unpacked") from error


_DECODERS = {
    "gzip_decode": unpack_gzip,
    "snappy_decode": unpack_snappy,
    "lz4_decode": unpack_lz4,
    "zstd_decode": unpack_zstd,
}


def install() -> None:
    """Let aiokafka unpack by these, in its Python and in its compiled form. Idempotent."""
    modules: list[Any] = [default_records, legacy_records]
    try:
        from aiokafka.record._crecords import default_records as compiled  # noqa: PLC0415
        from aiokafka.record._crecords import legacy_records as compiled_legacy  # noqa: PLC0415
    except ImportError:
        pass
    else:
        modules += [compiled, compiled_legacy]
    for module in modules:
        for name, decode in _DECODERS.items():
            if hasattr(module, name):
                setattr(module, name, decode)


UNREADABLE: tuple[type[Exception], ...] = (
    CorruptRecordException,
    UnsupportedCodecError,
    # What aiokafka lets through of records that are broken inside their batch.
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,
    EOFError,
    struct.error,
)
