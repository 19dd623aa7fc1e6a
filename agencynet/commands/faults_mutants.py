"""`agencynet faults-mutants`: is the fault suite able to fail?"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from agencynet.commands.faults import be_quiet, chosen, say
from agencynet.console import err, out, print_json


def faults_mutants(
    seed: Annotated[int, typer.Option(help="What chance decides follows from it.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Only this mutant; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Break one mechanism of the services at a time and run the rows that guard it. Exit code 1 if any of the
    mutants goes unnoticed.
    """
    from agencynet.faults.engine import Run  # noqa: PLC0415 - takes seconds to load
    from agencynet.faults.mutants import MUTANTS  # noqa: PLC0415

    be_quiet()
    caught: dict[str, list[str]] = {}
    for name, mutant in MUTANTS.items():
        if only and name not in only:
            continue
        err.print(f"{name}: {mutant.what}", style="bold")
        run = Run(seed, True, name, told=say)
        rows = chosen(True, [row for row in mutant.rows if row != "start"])
        asyncio.run(run.all(rows))
        red = {outcome.row for outcome in run.outcomes if outcome.result == "red"}
        # Red anywhere else, it is broken in a way that was not meant.
        caught[name] = [row for row in mutant.rows if row in red]
    if as_json:
        print_json(caught)
    else:
        table = Table("mutant", "what is broken", "caught by", box=None, header_style="bold")
        for name, rows in caught.items():
            table.add_row(name, MUTANTS[name].what, ", ".join(rows) or "[bold red]nothing[/]")
        out.print(table)
    raise typer.Exit(0 if all(caught.values()) else 1)
