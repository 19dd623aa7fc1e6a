"""Passwords on Kafka (SCRAM-SHA-512). Kafka keeps a salted hash; the password goes into a file and nowhere
else.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from aiokafka.errors import for_code
from aiokafka.protocol.api import Request

from agencynet.access.protocol import AlterUserScramCredentials, ask
from shared.settings import ServiceSettings

_SCRAM_SHA_512 = 2
_ITERATIONS = 8_192


class _Alter(Request[AlterUserScramCredentials]):
    """AlterUserScramCredentials (KIP-554), which aiokafka does not have."""

    API_KEY = 51

    def __init__(self, user: str, password: str) -> None:
        salt = secrets.token_bytes(32)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
        self._upsertion = (user, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})

    def build(self, request_struct_class: type[AlterUserScramCredentials]) -> AlterUserScramCredentials:
        return request_struct_class([], [self._upsertion], {})


def password_in(file: Path) -> tuple[str, bool]:
    """The password, and whether it was made just now; nobody else may read the file then."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(32))
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip(), False
    return file.read_text(encoding="utf-8"), True


async def set_password(settings: ServiceSettings, user: str, password: str) -> None:
    """Let `user` in with it; an earlier one is no longer good."""
    (answer,) = await ask(settings, [_Alter(user, password)])
    for _, code, message, _ in answer.results:
        if code:
            raise for_code(code)(message)
