"""What is hashed, byte for byte, so that anybody can check it with a JSON library and SHA-256.

An entry or a seal as it is stored becomes canonical JSON (RFC 8785: names sorted, no spaces, UTF-8; there
are no fractions), its instants texts such as `2026-11-26T08:00:00.000Z`. A seal holds its number (`_id`), the
service, the hash of the seal before it, when it was made, and the hash of each of its entries in order; its
own hash (`sha256`) is that of all this.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

# What the first seal follows.
NOTHING = "0" * 64


class Anchor(NamedTuple):
    """Where a chain had come to. Kept outside the database, it shows whether everything up to there is as it
    was: whoever can write to the database could make a whole new chain.
    """

    service: str
    batch: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.service}:{self.batch}:{self.sha256}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """
        Raises:
            ValueError: it is none.

        """
        service, batch, sha256 = text.strip().split(":")
        return cls(service, int(batch), sha256)


def canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_as_text
    ).encode("utf-8", "backslashreplace")


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of an entry, or of a seal but for its own hash."""
    hashed = {name: value for name, value in document.items() if name != "sha256"}
    return hashlib.sha256(canonical(hashed)).hexdigest()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # Nothing that we write: whoever put it there is told by the hash.
    return repr(value)
