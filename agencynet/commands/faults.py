"""`agencynet faults`: break the network on purpose, and see that nothing is lost and nobody told twice."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
from rich.table import Table

from agencynet.console import err, out, print_json
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from agencynet.faults.engine import Outcome, Run
    from agencynet.faults.row import Row

_STYLES = {"green": "green", "red": "bold red", "not run": "yellow"}


def faults(
    seed: Annotated[int | None, typer.Option(help="What chance decides follows from it.")] = None,
    short: Annotated[bool, typer.Option("--short", help="The quick rows only, under two minutes.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this row; may be repeated.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Play a red row once more; that decides.")] = False,
    mutant: Annotated[str, typer.Option(help="Break this mechanism first: the suite must turn red.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Run the fault suite on a Kafka, a MongoDB and services of its own. Exit code 1: a promise broke."""
    import random  # noqa: PLC0415

    from agencynet.faults.engine import Run  # noqa: PLC0415 - takes seconds to load

    be_quiet()
    seed = random.randrange(1_000_000) if seed is None else seed
    err.print(f"Seed {seed}", style="dim")
    run = Run(seed, short, mutant, again, told=say)
    asyncio.run(run.all(chosen(short, only or [])))
    if as_json:
        print_json(run.as_json())
    else:
        _table(run)
    raise typer.Exit(0 if run.green else 1)


def be_quiet() -> None:
    """The clients say at length what is done to them here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def chosen(short: bool, only: list[str]) -> list[Row]:
    from agencynet.faults.rows import ROWS  # noqa: PLC0415

    if unknown := sorted(set(only) - {row.name for row in ROWS}):
        raise CannotStart(
            f"There is no row {', '.join(unknown)}.", f"Choose from {', '.join(r.name for r in ROWS)}."
        )
    return [row for row in ROWS if (row.name in only if only else row.short or not short)]


def say(outcome: Outcome) -> None:
    figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
    err.print(
        f"{outcome.result:8} {outcome.row:24} {outcome.seconds:6.1f} s  {figures}",
        style=_STYLES[outcome.result],
    )
    for line in outcome.why.splitlines():
        err.print(f"         {line}", style="dim", markup=False)


def _table(run: Run) -> None:
    table = Table("fault", "must hold", "result", "s", "measured", box=None, header_style="bold")
    for outcome in run.outcomes:
        figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
        style = _STYLES[outcome.result]
        table.add_row(
            outcome.row, outcome.promise, f"[{style}]{outcome.result}[/]", f"{outcome.seconds:.0f}", figures
        )
    out.print(table)
    red = sum(outcome.result == "red" for outcome in run.outcomes)
    out.print(
        f"Seed {run.seed}: {run.records} staff records, {run.mails} mails, "
        f"{'all promises kept' if run.green else f'{red} broken'}. "
        f"Of {run.seconds:.0f} s {run.own_seconds:.0f} count: others used the machine as well."
    )
