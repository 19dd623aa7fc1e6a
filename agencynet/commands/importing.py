"""`agencynet import`: an agency's HR export, from a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agencynet.commands.options import HERE, Data, Json
from agencynet.console import err, out, print_json
from agencynet.local import Local

_SHOWN = 20
_SAID = {
    "applied": "new or changed",
    "unchanged": "known already",
    "left": "left",
    "held": "waiting for the coordinator's yes",
    "stale": "older than what is known",
    "refused": "with problems",
}


def import_(
    agency: Annotated[str, typer.Argument(help="Whose staff it is (the agency's slug).")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="Everybody is in the file: who is not has left.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write all problems here, as CSV.")] = None,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Take in an HR export. Ends with 1 if some rows had problems; the others are taken in all the same."""
    from agencynet import imports, operations  # noqa: PLC0415 - the drivers take a second to load

    settings = operations.settings(Local(data))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        task = progress.add_task("rows", total=None)

        def tell(job: dict[str, Any]) -> None:
            progress.update(task, total=max(job["lines"], 1), completed=job["last_row"])

        job = asyncio.run(
            imports.import_file(settings, agency, file, dry_run=dry_run, complete=complete, tell=tell)
        )
        progress.update(task, total=job["lines"], completed=job["lines"])
    problems = asyncio.run(imports.first_problems(settings, job, _SHOWN))
    if report:
        asyncio.run(imports.write_report(settings, job, report))
    if as_json:
        named = ("state", "dry_run", "complete", "counts", "columns", "unused")
        print_json({"id": job["_id"], **{name: job[name] for name in named}, "problems": problems})
    else:
        _say(job, problems)
    if problems:
        raise typer.Exit(1)


def _say(job: dict[str, Any], problems: list[dict[str, Any]]) -> None:
    counts = job["counts"]
    told = ", ".join(f"{counts[name]} {words}" for name, words in _SAID.items() if counts[name])
    would = " Nothing was changed: this was a dry run." if job["dry_run"] else ""
    out.print(f"{counts['rows']} rows{': ' if told else ''}{told}.{would}", markup=False)
    if job["unused"]:
        err.print(f"Columns without a use: {', '.join(job['unused'])}", style="dim", markup=False)
    for each in problems:
        where = f"row {each['row']}" if each["row"] else "the file"
        column = f", {each['column']}" if each["column"] else ""
        err.print(f"{where}{column}: {each['reason']}", style="yellow", markup=False)
    if len(problems) == _SHOWN:
        err.print("… more in the report (--report <file>)", style="dim", markup=False)


def cancel(
    agency: Annotated[str, typer.Argument(help="Whose import it is (the agency's slug).")],
    import_id: Annotated[str, typer.Argument(help="The import's id.")],
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Stop an import: whoever works on it stops at its next step, and what has been taken in stays."""
    from agencynet import imports, operations  # noqa: PLC0415

    job = asyncio.run(imports.cancel(operations.settings(Local(data)), agency, import_id))
    if as_json:
        print_json({"id": job["_id"], "state": job["state"], "counts": job["counts"]})
        return
    out.print(f"The import is {job['state']}; {job['counts']['applied']} rows were taken in.", markup=False)
