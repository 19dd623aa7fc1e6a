"""A service's process as the fault suite starts it: the product, plus four things that only the suite needs.

- Connections to a mongod go through the proxy that `AGENCYNET_FAULTS_ROUTES` names, because the members of a
  replica set tell the driver their own addresses.
- On SIGUSR1 the point at which to crash is read from `AGENCYNET_FAULTS_ORDER`, so that a process can be armed
  while it runs; with `:stop` after it the process stops there instead.
- Under libfaketime `time.sleep` waits by other means: it names a moment of the clock that nobody sets, which
  the library takes for one of the clock that is set, and refuses.
- `AGENCYNET_FAULTS_MUTANT` names a mechanism to break (mutants.py).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from shared import failpoints
from shared.service import serve
from shared.settings import ServiceSettings


def _route(routes: dict[str, int]) -> None:
    resolve = socket.getaddrinfo

    def resolve_to_proxy(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        return resolve(host, routes.get(str(port), port), *rest, **more)

    socket.getaddrinfo = resolve_to_proxy


def _obey(orders: Path) -> None:
    while True:
        signal.sigwait({signal.SIGUSR1})
        order = orders.read_text(encoding="utf-8")
        if order.endswith(":stop"):
            _stop_at(order.partition(":")[0])
        else:
            failpoints.arm(order)


def _stop_at(wanted: str) -> None:
    """As a process that is not given the processor any more: others take its work over meanwhile."""

    def pass_or_stop(point: str, about: str = "") -> None:
        if point == wanted:
            failpoints.arm("")
            os.kill(os.getpid(), signal.SIGSTOP)

    failpoints.passing = pass_or_stop


def main(service: str, port: int) -> int:
    _route(json.loads(os.environ.get("AGENCYNET_FAULTS_ROUTES", "{}")))
    # Blocked in every thread that is started from here on, so that only the one below gets it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    if "FAKETIME_TIMESTAMP_FILE" in os.environ:
        time.sleep = _wait
    if mutant := os.environ.get("AGENCYNET_FAULTS_MUTANT"):
        import_module("tests.faults.mutants").become(mutant)
    return serve(import_module(f"services.{service}.app").SPEC, ServiceSettings(), port, begin=_listen)


def _wait(seconds: Any) -> None:
    threading.Event().wait(seconds)


def _listen() -> None:
    orders = Path(os.environ["AGENCYNET_FAULTS_ORDER"])
    threading.Thread(target=_obey, args=(orders,), daemon=True, name="orders").start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
