"""Where a part listens: its usual port if that is free, else another one."""

from __future__ import annotations

import random
import socket
from typing import Literal

from agencynet.stack.errors import CannotStart

Ports = Literal["usual", "free"]

USUAL = {"kafka": 9092, "mongodb": 27017, "smtp": 1025, "mail page": 8025}

# Below the range of outgoing connections, or one of those could take a port between choice and use.
_LOWEST, _HIGHEST = 15_000, 30_000
_TRIES = 200

_given: set[int] = set()


def free_port() -> int:
    """A port on the loopback that nobody listens to and that this process hasn't been given before."""
    for _ in range(_TRIES):
        port = random.randint(_LOWEST, _HIGHEST)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise CannotStart(
        f"No free port was found between {_LOWEST} and {_HIGHEST}.",
        "Stop some of the programs that listen on this machine and try again.",
    )


def port_for(part: str, ports: Ports) -> int:
    usual = USUAL[part]
    if ports == "usual" and usual not in _given and is_free(usual):
        return usual
    return free_port()


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
