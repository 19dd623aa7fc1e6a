"""`agencynet serve <service>`: one service in this process."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Literal

import typer

from agencynet.commands.options import HERE, Data
from agencynet.keys import signing_key
from agencynet.local import USUAL_PORTS, Local, environment
from agencynet.stack.errors import CannotStart
from agencynet.stack.ports import is_free

Service = Literal["directory", "events", "courses", "notify", "portal"]


def serve(
    service: Annotated[Service, typer.Argument(help="Which one.")],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Its usual one, 8000–8004, unless told.")
    ] = None,
    data: Data = HERE,
) -> None:
    """Run one service until it is told to stop. It is told of Kafka, MongoDB and mail by AGENCYNET_KAFKA,
    AGENCYNET_MONGODB and AGENCYNET_SMTP, or takes what `agencynet stack` or `run` has started here.
    """
    local = Local(data)
    if "AGENCYNET_JWKS" not in os.environ:
        signing_key(local.keys)
    os.environ.update(environment(local))
    port = port or USUAL_PORTS[service]
    if not is_free(port):
        raise CannotStart(
            f"Another program listens on port {port}.", "Stop it, or choose another with --port."
        )
    runtime, settings = import_module("shared.service"), import_module("shared.settings")
    spec = import_module(f"services.{service}.app").SPEC
    raise typer.Exit(runtime.serve(spec, settings.ServiceSettings(), port))
