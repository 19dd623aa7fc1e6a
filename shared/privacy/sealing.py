"""What is held on somebody, as slices that only the one who asked can read (JWE, RFC 7516)."""

import json
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

# A sealed slice is a third larger, and has to fit into a record.
_SLICE = 500_000
_HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = 2 * _SLICE


def new_key() -> dict[str, str]:
    """A private JWK for one request."""
    return _plain(ECKey.generate_key("P-256").as_dict(private=True))


def public_part(key: dict[str, str]) -> dict[str, str]:
    return _plain(_key(key).as_dict(private=False))


def _key(key: dict[str, str]) -> ECKey:
    return ECKey.import_key(dict[str, str | list[str]](key))


def _plain(key: Any) -> dict[str, str]:
    return {name: str(value) for name, value in key.items()}


async def sealed(rows: AsyncIterable[tuple[str, Any]], key: dict[str, str]) -> AsyncIterator[str]:
    """Class and row, one after the other, in slices for the holder of the key."""
    squeezed, waiting = zlib.compressobj(), bytearray()
    async for name, row in rows:
        line = json.dumps({"class": name, "row": row}, default=_text, ensure_ascii=False)
        waiting += squeezed.compress(line.encode() + b"\n")
        while len(waiting) >= _SLICE:
            yield _seal(bytes(waiting[:_SLICE]), key)
            del waiting[:_SLICE]
    waiting += squeezed.flush()
    for start in range(0, len(waiting), _SLICE):
        yield _seal(bytes(waiting[start : start + _SLICE]), key)


def _seal(content: bytes, key: dict[str, str]) -> str:
    return jwe.encrypt_compact(_HEADER, content, _key(key))


def _text(value: Any) -> str:
    """What JSON has no word for: bytes as text, instants as RFC 3339."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def unsealed(slices: Iterable[str], key: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Class and row, one after the other. Blocks."""
    opened, loosened, rest = _key(key), zlib.decompressobj(), b""
    for each in slices:
        content = jwe.decrypt_compact(each, opened, registry=_Registry()).plaintext or b""
        *lines, rest = (rest + loosened.decompress(content)).split(b"\n")
        for line in lines:
            told = json.loads(line)
            yield told["class"], told["row"]
