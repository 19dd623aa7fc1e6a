"""`agencynet token`: what systems and, until they can sign in, people show when they call."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import err, out, print_json
from agencynet.local import Local
from agencynet.stack.errors import CannotStart

app = typer.Typer(no_args_is_help=True, help="Tokens of systems and people.")


@app.callback()
def token() -> None:
    pass


@app.command()
def create(
    agency: Annotated[str | None, typer.Option(help="The agency whose system it is for (its slug).")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; repeat it for several, or 'all'.")
    ] = None,
    name: Annotated[str, typer.Option(help="Which system. The third of a name retires the oldest.")] = "cli",
    person: Annotated[str | None, typer.Option(help="Or: a person's address, for an hour's token.")] = None,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Make a token for an agency's system (--agency and --scope), or for a person (--person)."""
    if not person and not (agency and scope):
        raise CannotStart(
            "Whose token?", "Give --agency with --scope (a system's), or --person (an e-mail address)."
        )
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    local = Local(data)
    settings = operations.settings(local)
    if person:
        made, whom = asyncio.run(operations.create_person_token(local, settings, person))
        about = {"person_id": whom["_id"], "agency": whom["agency"], "expires_in": 3600}
        note = f"{whom['display_name']}, {whom['agency']}; good for an hour."
    else:
        scopes = list(operations.ALL_SCOPES) if scope == ["all"] else scope or []
        made, kept = asyncio.run(operations.create_token(settings, agency or "", name, scopes))
        about = {name: kept[name] for name in ("id", "name", "scopes", "expires_at")} | {"agency": agency}
        note = f"For {agency}'s system “{name}”, until {kept['expires_at']:%Y-%m-%d}. Shown this once."
    if as_json:
        print_json({"token": made, **about})
        return
    out.print(made, markup=False)
    err.print(note, style="dim", markup=False)
