"""`make faults` breaks the network on purpose and sees that nothing is lost and nobody told twice;
`make faults-mutants` asks whether that suite is able to fail.
"""

import asyncio
import logging
import random
from typing import Annotated

import structlog
import typer
from rich.table import Table

from agencynet.console import Plain, err, out, print_json
from agencynet.stack.errors import CannotStart
from tests.faults.engine import Outcome, Run
from tests.faults.mutants import MUTANTS
from tests.faults.row import Row
from tests.faults.rows import ROWS

_STYLES = {"green": "green", "red": "bold red", "not run": "yellow"}
app = typer.Typer(cls=Plain, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def run(
    seed: Annotated[int | None, typer.Option(help="What chance decides follows from it.")] = None,
    short: Annotated[bool, typer.Option("--short", help="The quick rows only, under two minutes.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this row; may be repeated.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Play a red row once more; that decides.")] = False,
    mutant: Annotated[str, typer.Option(help="Break this mechanism first: the suite must turn red.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Run the fault suite on a Kafka, a MongoDB and services of its own. Exit code 1: a promise broke."""
    _be_quiet()
    seed = random.randrange(1_000_000) if seed is None else seed
    err.print(f"Seed {seed}", style="dim")
    suite = Run(seed, short, mutant, again, told=_say)
    asyncio.run(suite.all(_chosen(short, only or [])))
    if as_json:
        print_json(suite.as_json())
    else:
        _table(suite)
    raise typer.Exit(0 if suite.green else 1)


@app.command()
def mutants(
    seed: Annotated[int, typer.Option(help="What chance decides follows from it.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Only this mutant; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Break one mechanism of the services at a time and run the rows that guard it. Exit code 1 if any of the
    mutants goes unnoticed.
    """
    _be_quiet()
    caught: dict[str, list[str]] = {}
    for name, mutant in MUTANTS.items():
        if only and name not in only:
            continue
        err.print(f"{name}: {mutant.what}", style="bold")
        suite = Run(seed, True, name, told=_say)
        rows = _chosen(True, [row for row in mutant.rows if row != "start"])
        asyncio.run(suite.all(rows))
        red = {outcome.row for outcome in suite.outcomes if outcome.result == "red"}
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


def _be_quiet() -> None:
    """The clients say at length what is done to them here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _chosen(short: bool, only: list[str]) -> list[Row]:
    if unknown := sorted(set(only) - {row.name for row in ROWS}):
        raise CannotStart(
            f"There is no row {', '.join(unknown)}.", f"Choose from {', '.join(r.name for r in ROWS)}."
        )
    return [row for row in ROWS if (row.name in only if only else row.short or not short)]


def _say(outcome: Outcome) -> None:
    figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
    err.print(
        f"{outcome.result:8} {outcome.row:24} {outcome.seconds:6.1f} s  {figures}",
        style=_STYLES[outcome.result],
    )
    for line in outcome.why.splitlines():
        err.print(f"         {line}", style="dim", markup=False)


def _table(suite: Run) -> None:
    table = Table("fault", "must hold", "result", "s", "measured", box=None, header_style="bold")
    for outcome in suite.outcomes:
        figures = ", ".join(f"{name} {value}" for name, value in outcome.figures.items())
        style = _STYLES[outcome.result]
        table.add_row(
            outcome.row, outcome.promise, f"[{style}]{outcome.result}[/]", f"{outcome.seconds:.0f}", figures
        )
    out.print(table)
    red = sum(outcome.result == "red" for outcome in suite.outcomes)
    out.print(
        f"Seed {suite.seed}: {suite.records} staff records, {suite.mails} mails, "
        f"{'all promises kept' if suite.green else f'{red} broken'}. "
        f"Of {suite.seconds:.0f} s {suite.own_seconds:.0f} count: others used the machine as well."
    )


if __name__ == "__main__":
    app()
