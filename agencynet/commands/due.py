"""`agencynet due`: work that is due later, what was set aside, and trying it again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agencynet.commands.options import HERE, Data, DryRun, Json
from agencynet.commands.serve import Service
from agencynet.console import out, print_json
from agencynet.local import Local

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shared.mongo import Mongo
    from shared.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True, help="Work that is due later, and what failed three times of it.")
Which = Annotated[Service, typer.Argument(help="Whose work.")]
Id = Annotated[str, typer.Argument(help="The row's id, from `agencynet due list`.")]
_SHOWN = 100


@app.callback()
def due() -> None:
    pass


@app.command("list")
def list_(
    service: Which,
    waiting: Annotated[bool, typer.Option("--waiting", help="What waits for its time as well.")] = False,
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """What was set aside, the oldest first; and how much of each kind waits."""
    from shared.due import operating as work  # noqa: PLC0415 - the drivers take a second to load

    found = _ask(data, service, lambda mongo: work.listed(mongo.db, kind, _SHOWN, waiting=waiting))
    counts = _ask(data, service, lambda mongo: work.counts(mongo.db))
    if as_json:
        print_json({"rows": found, "counts": counts})
        return
    for each in found:
        out.print(_line(each), markup=False)
    told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    out.print(f"Waiting for their time: {told or 'nothing'}.", markup=False)
    if not any(each["state"] == "set aside" for each in found):
        out.print("Nothing is set aside.")


@app.command()
def show(service: Which, id_: Id, data: Data = HERE, as_json: Json = False) -> None:
    """One row: what it is about, how often it was tried and why it failed."""
    from shared.due import operating as work  # noqa: PLC0415

    found = _ask(data, service, lambda mongo: work.one(mongo.db, id_))
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        out.print(f"{name.replace('_', ' '):<12} {value}", markup=False)


@app.command()
def retry(
    service: Which,
    id_: Annotated[str, typer.Argument(help="The row's id; all that were set aside unless told.")] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    data: Data = HERE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """When the cause is mended: three new tries, by the running service, at once."""
    from shared.due import operating as work  # noqa: PLC0415

    ids = _ask(data, service, lambda mongo: work.retry(mongo, id_, kind, dry_run=dry_run))
    _say("would be tried again" if dry_run else "are tried again", ids, as_json=as_json)


@app.command()
def drop(service: Which, id_: Id, data: Data = HERE, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Forget one row that was set aside: what it was to do is never done."""
    from shared.due import operating as work  # noqa: PLC0415

    ids = _ask(data, service, lambda mongo: work.drop(mongo, id_, dry_run=dry_run))
    _say("would be forgotten" if dry_run else "are forgotten", ids, as_json=as_json)


def _say(what: str, ids: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"ids": ids})
        return
    for id_ in ids:
        out.print(id_, markup=False)
    out.print(f"{len(ids)} rows {what}.")


def _line(row: dict[str, Any]) -> str:
    since = f" since {row['set_aside_at']:%Y-%m-%d %H:%M} UTC: {row['why']}" if row["set_aside_at"] else ""
    return f"{row['id']}  {row['kind']}  {row['state']}{since}  (due {row['due']:%Y-%m-%d %H:%M} UTC)"


def _ask(data: Any, service: str, work: Callable[[Mongo], Awaitable[Any]]) -> Any:
    from agencynet import operations  # noqa: PLC0415

    return asyncio.run(_with(operations.settings(Local(data)), service, work))


async def _with(settings: ServiceSettings, service: str, work: Callable[[Mongo], Awaitable[Any]]) -> Any:
    from agencynet import operations  # noqa: PLC0415

    async with operations.database(settings, service) as mongo:
        return await work(mongo)
