"""`agencynet audit`: whether anybody has touched what was written down about who did what."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agencynet.commands.options import HERE, Data, Json
from agencynet.commands.serve import Service
from agencynet.console import out, print_json
from agencynet.local import SERVICES, Local
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.audit.chain import Anchor
    from shared.audit.verifying import Report
    from shared.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True, help="The audit: who did what, sealed into a chain a service.")


@app.callback()
def audit() -> None:
    pass


@app.command()
def verify(
    service: Annotated[Service | None, typer.Argument(help="All of them unless told.")] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            help="Where a chain had come to: service:batch:sha256, from an earlier run or from a line "
            "audit.sealed in the log. Without one, a chain cut off at its end or made anew looks whole."
        ),
    ] = None,
    data: Data = HERE,
    as_json: Json = False,
) -> None:
    """Read each chain from its first batch, hash everything again, and say where it first breaks. Exits with
    1 if one does. May run at any time.
    """
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    anchors = _anchors(anchor or [])
    settings = operations.settings(Local(data))
    reports = asyncio.run(_verify(settings, (service,) if service else SERVICES, anchors))
    if as_json:
        print_json([_as_json(report) for report in reports])
    else:
        for report in reports:
            _say(report)
    if any(report.broken for report in reports):
        raise typer.Exit(1)


def _anchors(said: Sequence[str]) -> list[Anchor]:
    from shared.audit.chain import Anchor  # noqa: PLC0415

    try:
        anchors = [Anchor.parse(text) for text in said]
    except ValueError:
        raise CannotStart(
            "An anchor is service:batch:sha256.",
            "It stands at the end of what `agencynet audit verify` says.",
        ) from None
    if unknown := sorted({anchor.service for anchor in anchors} - set(SERVICES)):
        raise CannotStart(f"There is no service {', '.join(unknown)}.", f"Choose from {', '.join(SERVICES)}.")
    return anchors


async def _verify(
    settings: ServiceSettings, services: Sequence[str], anchors: Sequence[Anchor]
) -> list[Report]:
    from agencynet import operations  # noqa: PLC0415
    from shared.audit import verifying  # noqa: PLC0415

    reports: list[Report] = []
    for service in services:
        async with operations.database(settings, service) as mongo:
            reports.append(await verifying.verify(mongo.db, service, anchors))
    return reports


def _as_json(report: Report) -> dict[str, Any]:
    return {**asdict(report), "head": str(report.head) if report.head else None}


def _say(report: Report) -> None:
    checked = f"{report.entries} entries in {report.batches} batches"
    if (broken := report.broken) is not None:
        at = f"batch {broken.batch}"
        at += f", place {broken.place}" if broken.place is not None else ""
        at += f", entry {broken.entry}" if broken.entry else ""
        out.print(f"{report.service}: BROKEN at {at}: {broken.why}", style="bold red", markup=False)
        out.print(f"    before it, {checked} are as they were sealed", markup=False)
        return
    waiting = f"; {report.pending} wait for their seal" if report.pending else ""
    if report.head is None:
        out.print(f"{report.service}: nothing is sealed yet{waiting}", markup=False)
        return
    met = "; met the anchor" + ("s" if report.anchors > 1 else "") if report.anchors else ""
    out.print(f"{report.service}: {checked}, all as they were sealed{met}{waiting}", markup=False)
    out.print(f"    anchor to keep elsewhere: {report.head}", markup=False)
