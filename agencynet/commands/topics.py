"""`agencynet topics`."""

from __future__ import annotations

import asyncio

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import out, print_json
from agencynet.local import Local

app = typer.Typer(no_args_is_help=True, help="The network's topics on Kafka.")


@app.callback()
def topics() -> None:
    pass


@app.command()
def apply(data: Data = HERE, as_json: Json = False) -> None:
    """Create what topics are missing; those that are there stay as they are."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    created = sorted(asyncio.run(operations.apply_topics(operations.settings(Local(data)))))
    if as_json:
        print_json({"created": created})
        return
    for name in created:
        out.print(f"created {name}", markup=False)
    if not created:
        out.print("All topics are there.")
