"""How the program speaks: to people in plain sentences, to machines in JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from agencynet.stack.errors import CannotStart

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(data: Any) -> None:
    """To standard output as it is: no colours, no wrapping."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


class Plain(TyperGroup):
    """Says what went wrong in a sentence and what to do; a traceback only for what nobody foresaw."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            # Typer's own: it says them itself.
            if hasattr(error, "exit_code"):
                raise
            sentence = explain(error)
            if sentence is None:
                raise
            say_failure(sentence, error.details if isinstance(error, CannotStart) else "")
            raise typer.Exit(1) from error


def say_failure(sentence: str, details: str = "") -> None:
    err.print(sentence, style="red", markup=False)
    for line in details.splitlines():
        err.print(f"  {line}", style="dim", markup=False)


def explain(error: BaseException) -> str | None:
    """The sentence for an error that a person can do something about; None for any other."""
    if isinstance(error, CannotStart):
        return str(error)
    # Only now, because they take a second to load.
    from aiokafka.errors import KafkaError  # noqa: PLC0415
    from httpx2 import HTTPError  # noqa: PLC0415
    from pymongo.errors import PyMongoError  # noqa: PLC0415

    from shared.errors import CommandRefused, Refused  # noqa: PLC0415
    from shared.mongo import NoReplicaSet  # noqa: PLC0415

    if isinstance(error, CommandRefused | NoReplicaSet | Refused):
        return str(error)
    start = "Start it with `agencynet stack` or `make run`"
    if isinstance(error, KafkaError):
        return f"Kafka does not answer ({type(error).__name__}). {start}, or set AGENCYNET_KAFKA."
    if isinstance(error, PyMongoError):
        return f"MongoDB does not answer ({type(error).__name__}). {start}, or set AGENCYNET_MONGODB."
    if isinstance(error, HTTPError):
        return "A service does not answer. Start the system with `make run`."
    return None
