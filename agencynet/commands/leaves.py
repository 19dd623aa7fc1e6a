"""`agencynet leaves`: mass leaves that wait for somebody's yes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import out, print_json
from agencynet.local import Local

if TYPE_CHECKING:
    from services.directory.intake.handlers.mass_leaves import Decision

app = typer.Typer(
    no_args_is_help=True, help="Mass leaves: so many are said to have left that somebody is asked first."
)
Id = Annotated[str, typer.Argument(help="The mass leave's id, from `agencynet leaves list`.")]


@app.command("list")
def list_(
    agency: Annotated[str | None, typer.Option(help="Only this agency's (its slug).")] = None,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Show mass leaves, the latest first."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    found = asyncio.run(operations.mass_leaves(operations.settings(Local(data)), agency))
    if as_json:
        print_json(found)
        return
    for one in found:
        out.print(_line(one), markup=False)
    if not found:
        out.print("There are none.")


@app.command()
def show(id_: Id, data: Data = HERE, as_json: Json = False) -> None:
    """Show one and whom it is about, by the agency's own numbers."""
    from agencynet import operations  # noqa: PLC0415

    found = asyncio.run(operations.mass_leave(operations.settings(Local(data)), id_))
    if as_json:
        print_json(found)
        return
    out.print(_line(found), markup=False)
    for person in found["people"]:
        out.print(f"  {person['employee_id']}  {person['display_name'] or '(protected)'}", markup=False)


@app.command()
def release(id_: Id, data: Data = HERE, as_json: Json = False) -> None:
    """It is so: all of them leave, within seconds."""
    _decide(id_, "release", data, as_json=as_json)


@app.command()
def refuse(id_: Id, data: Data = HERE, as_json: Json = False) -> None:
    """It is not so: nobody leaves, and the agency's system reads why on directory.parked."""
    _decide(id_, "refuse", data, as_json=as_json)


def _decide(id_: str, decision: Decision, data: Data, *, as_json: bool) -> None:
    from agencynet import operations  # noqa: PLC0415

    decided = asyncio.run(operations.decide_mass_leave(operations.settings(Local(data)), id_, decision))
    if as_json:
        print_json(decided)
        return
    out.print(_line(decided), markup=False)
    out.print("The running directory does the rest.", style="dim")


def _line(one: dict[str, Any]) -> str:
    state = one["state"].replace("_", " ")
    return (
        f"{one['id']}  {one['agency']}  {state}: "
        f"{one['held']} of {one['active']} people, since {one['opened_at']:%Y-%m-%d %H:%M} UTC"
    )
