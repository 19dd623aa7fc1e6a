"""`agencynet parked`: what the services could not handle, why, and handling it again."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agencynet.commands.options import HERE, Data, DryRun, Json
from agencynet.commands.serve import Service
from agencynet.console import err, out, print_json
from agencynet.local import SERVICES, Local

if TYPE_CHECKING:
    from shared.consuming.operating import Group, Outcome, Queue
    from shared.mongo import Document
    from shared.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True, help="Records that a service could not handle.")
Topic = Annotated[str, typer.Option(help="Only of this topic, for example staff.csn.")]


@app.callback()
def parked() -> None:
    pass


@app.command("list")
def list_(
    service: Annotated[Service | None, typer.Argument(help="All of them unless told.")] = None,
    topic: Topic = "",
    kind: Annotated[
        Literal["refused", "failed"] | None,
        typer.Option(help="refused: the sender's to mend. failed: ours, and waits for redrive."),
    ] = None,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """What is parked, by topic and reason; no keys and no content, which may be about people."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    settings = operations.settings(Local(data))
    asked = (service,) if service else SERVICES
    found = asyncio.run(_groups(settings, asked, topic, kind or ""))
    if as_json:
        print_json([asdict(group) for group in found])
        return
    for group in found:
        out.print(
            f"{group.service}  {group.topic}  {group.kind}  {group.records} records of {group.keys} keys, "
            f"{group.since:%Y-%m-%d %H:%M} to {group.until:%Y-%m-%d %H:%M} UTC\n"
            f"    {group.reason}\n    first: {group.first}",
            markup=False,
        )
    if not found:
        out.print("Nothing is parked.")


async def _groups(settings: ServiceSettings, services: tuple[str, ...], topic: str, kind: str) -> list[Group]:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import operating as parked  # noqa: PLC0415

    found: list[Group] = []
    for service in services:
        async with operations.database(settings, service) as mongo:
            found += await parked.groups(mongo.db, service, topic, kind)
    return found


@app.command()
def show(
    service: Annotated[Service, typer.Argument(help="Where it is parked.")],
    record: Annotated[str, typer.Argument(help="topic/partition/offset, as `list` says.")],
    payload: Annotated[
        bool, typer.Option("--payload", help="Its content too. That you have read it is in the audit.")
    ] = False,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """One record: why it is parked, and only if asked for, what is in it."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    found = asyncio.run(_show(operations.settings(Local(data)), service, record, payload=payload))
    shown: dict[str, Any] = {
        "record": found["_id"],
        "kind": found["kind"],
        "reason": found["reason"],
        "parked_at": found["at"],
        "bytes": len(found["value"]),
        "truncated": found["truncated"],
        "readable_by": f"operators of this machine who reach {service}'s database; reading is logged",
    }
    if payload:
        key = found["key"]
        shown["key"] = None if key is None else key.decode(errors="replace")
        shown["payload"] = found["value"].decode(errors="replace")
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        out.print(f"{name.replace('_', ' '):<12} {value}", markup=False)
    if payload:
        err.print("That you have read it is in the audit.", style="dim", markup=False)


async def _show(settings: ServiceSettings, service: str, record: str, *, payload: bool) -> Document:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import operating as parked  # noqa: PLC0415

    async with operations.database(settings, service) as mongo:
        found = await parked.one(mongo.db, record)
        if payload:
            await parked.log_reading(mongo, record)
        return found


@app.command()
def redrive(
    service: Annotated[Service, typer.Argument(help="Who failed on them, and is mended now.")],
    topic: Topic = "",
    record: Annotated[str, typer.Option(help="Only the key that this record is of.")] = "",
    data: Data = HERE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Handle again what failed, each key's records in their order. What was refused is its sender's to mend
    and to send again.
    """
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    settings = operations.settings(Local(data))
    if dry_run:
        waiting = asyncio.run(_queues(settings, service, topic, record))
        _say_queues(waiting, as_json=as_json)
        return
    outcomes = asyncio.run(_redrive(settings, service, topic, record, quiet=as_json))
    failing = [outcome for outcome in outcomes if outcome.error]
    records = sum(outcome.records for outcome in outcomes)
    if as_json:
        print_json({"redriven": records, "keys": len(outcomes), "failing": [asdict(one) for one in failing]})
    else:
        handled = len(outcomes) - len(failing)
        out.print(f"{records} records of {handled} keys handled, {len(failing)} keys fail still.")
    if failing:
        raise typer.Exit(1)


def _say_queues(waiting: list[Queue], *, as_json: bool) -> None:
    if as_json:
        print_json([{"first": queue.first, "records": queue.records} for queue in waiting])
        return
    for queue in waiting:
        out.print(f"would handle {queue.first} and {queue.records - 1} more of its key", markup=False)
    out.print(f"{sum(queue.records for queue in waiting)} records of {len(waiting)} keys.")


async def _queues(settings: ServiceSettings, service: str, topic: str, record: str) -> list[Queue]:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import operating as parked  # noqa: PLC0415

    async with operations.database(settings, service) as mongo:
        return await parked.queues(mongo.db, topic, record)


async def _redrive(
    settings: ServiceSettings, service: str, topic: str, record: str, *, quiet: bool
) -> list[Outcome]:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import operating as parked  # noqa: PLC0415

    spec = import_module(f"services.{service}.app").SPEC
    outcomes: list[Outcome] = []
    async with operations.database(settings, service) as mongo:
        waiting = await parked.queues(mongo.db, topic, record)
        async for outcome in parked.redrive(mongo, spec.subscriptions, waiting):
            outcomes.append(outcome)
            what = f"fails still: {outcome.error}" if outcome.error else f"{outcome.records} handled"
            if not quiet:
                out.print(f"{len(outcomes)}/{len(waiting)}  {outcome.first}  {what}", markup=False)
    return outcomes
