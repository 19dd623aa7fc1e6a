"""`make bench`: the budgets of the design, on parts of its own; a table on screen, JSON beside it.

`make bench ONLY=intake,mail` measures some parts, `SIZE=0.1` a tenth of everything.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from shared.observing import logs
from shared.running import memory
from tests.bench.ground import Ground, ground
from tests.bench.parts import PARTS
from tests.bench.rows import Part, Row

RESULTS = Path("bench-results.json")


async def run(parts: Sequence[Part], size: float, seed: int, console: Console) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with ground(Path(folder), size, seed, console.print) as here:
            for part in parts:
                found[part.name] = await _measured(part, here, console)
    return found


async def _measured(part: Part, here: Ground, console: Console) -> list[Row]:
    console.print(f"[bold]{part.name}[/]: {part.about} …")
    began = perf_counter()
    try:
        rows = list(await part.measure(here))
    except Exception:  # noqa: BLE001 - what the other parts have measured is not lost by it
        console.print_exception()
        return []
    for row in rows:
        how = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[row.met]
        console.print(f"  {row.what}: {row.value:g} {row.unit} {row.budget} {how}")
    console.print(f"  [dim]{perf_counter() - began:.0f} s[/]")
    return rows


def table(found: dict[str, list[Row]]) -> Table:
    table = Table(
        "part", "measured", "value", "budget", "", title="Ratios are what counts: machines are noisy"
    )
    for part, rows in found.items():
        for number, row in enumerate(rows):
            met = {True: "met", False: "[bold red]missed[/]", None: ""}[row.met]
            table.add_row("" if number else part, row.what, f"{row.value:g} {row.unit}", row.budget, met)
        table.add_section()
    return table


def as_json(found: dict[str, list[Row]], size: float, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GB, {platform.system()}",
        "python": platform.python_version(),
        "load_before": round(_LOAD, 1),
        "size": size,
        "seed": seed,
        "seconds": round(seconds),
        "parts": {part: [row.as_json() for row in rows] for part, rows in found.items()},
    }


_LOAD = os.getloadavg()[0]


def main() -> int:
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(names)}; with commas")
    parser.add_argument("--size", type=float, default=1.0, help="how much of everything; budgets are about 1")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    only = [name.strip() for name in told.only.split(",") if name.strip()] or names
    if unknown := set(only) - set(names):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    console = Console(stderr=True)
    console.print(f"seed {told.seed}, size {told.size:g}, load {_LOAD:.1f} on {os.cpu_count()} cores")
    logs.configure("bench", "error")
    memory.tune()
    began = perf_counter()
    parts = [part for part in PARTS if part.name in only]
    # The bare loops work on batches as a service does.
    with memory.batch():
        found = asyncio.run(run(parts, told.size, told.seed, console))
    results = as_json(found, told.size, told.seed, perf_counter() - began)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    Console().print(table(found))
    missed = sum(row.met is False for rows in found.values() for row in rows)
    failed = [name for name, rows in found.items() if not rows]
    print(
        f"{missed} missed; also in {RESULTS}", *(f"{name} could not be measured" for name in failed), sep="\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
