"""`agencynet interruptions`: where a topic can't be read or has lost something, and going on behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agencynet.commands.options import HERE, Data, DryRun, Json
from agencynet.commands.serve import Service
from agencynet.console import out, print_json
from agencynet.local import SERVICES, Local

if TYPE_CHECKING:
    from shared.mongo import Document
    from shared.settings import ServiceSettings

app = typer.Typer(
    no_args_is_help=True, help="Topics that can't be read on, or that Kafka has lost something of."
)
_WORDS = {
    "unreadable": "can't be unpacked",
    "gap": "was dropped by Kafka before it was read",
    "went_back": "was read, and Kafka has lost it",
    "remade": "belongs to the topic before: it was made again",
}
Topic = Annotated[str, typer.Option(help="Only of this topic, for example staff.csn.")]


@app.callback()
def interruptions() -> None:
    pass


@app.command("list")
def list_(
    service: Annotated[Service | None, typer.Argument(help="All of them unless told.")] = None,
    topic: Topic = "",
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """What services found, the latest first; what is older than 90 days and over is forgotten."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    settings = operations.settings(Local(data))
    found = asyncio.run(_found(settings, (service,) if service else SERVICES, topic))
    if as_json:
        print_json(found)
        return
    for each in found:
        state = "WAITS" if each["until"] is None else "over"
        place = f"{each['topic']}/{each['partition']} offsets {each['first']} to {each['next'] - 1}"
        said = f"{_WORDS[each['kind']]} {each['why']}".rstrip()
        out.print(
            f"{each['at']:%Y-%m-%d %H:%M} UTC  {state}  {each['service']}  {place}: {said}", markup=False
        )
    if not found:
        out.print("Every topic is as it was left.")


async def _found(settings: ServiceSettings, services: tuple[str, ...], topic: str) -> list[dict[str, Any]]:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import interruptions as store  # noqa: PLC0415

    found: list[dict[str, Any]] = []
    for service in services:
        async with operations.database(settings, service) as mongo:
            found += [{"service": service, **_shown(each)} for each in await store.listed(mongo.db, topic)]
    return sorted(found, key=lambda each: each["at"], reverse=True)


def _shown(found: Document) -> Document:
    return {name: value for name, value in found.items() if name not in {"_id", "told"}}


@app.command("pass-over")
def pass_over(
    service: Annotated[Service, typer.Argument(help="Who waits.")],
    topic: Annotated[str, typer.Argument(help="For example staff.csn.")],
    partition: Annotated[int, typer.Argument(min=0)],
    data: Data = HERE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let the service go on behind what it can't unpack. What is in there reaches nobody until its sender
    publishes it again; that you did it is in the audit.
    """
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    found = asyncio.run(_pass_over(operations.settings(Local(data)), service, topic, partition, dry=dry_run))
    if as_json:
        print_json({"passed_over": not dry_run, **_shown(found)})
        return
    said = "would pass over" if dry_run else "passed over"
    place = f"{topic}/{partition} offsets {found['first']} to {found['next'] - 1}"
    out.print(f"{said} {place}", markup=False)


async def _pass_over(
    settings: ServiceSettings, service: str, topic: str, partition: int, *, dry: bool
) -> Document:
    from agencynet import operations  # noqa: PLC0415
    from shared.consuming import interruptions as store  # noqa: PLC0415
    from shared.consuming.cursor import cluster_id  # noqa: PLC0415

    async with operations.database(settings, service) as mongo:
        if dry:
            return await store.waiting(mongo.db, topic, partition)
        return await store.pass_over(mongo, await cluster_id(settings), service, topic, partition)
