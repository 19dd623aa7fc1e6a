"""`make bench`: the budgets, on parts of its own; a table on screen, JSON beside it."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from agencynet import operations
from agencynet.local import Local
from agencynet.system import start_parts, start_services
from shared import logs, memory
from tests.bench import delay, intake, mail

RESULTS = Path("bench-results.json")


async def run(records: int, mails: int) -> dict[str, Any]:
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder:
        local = Local(Path(folder))
        started = perf_counter()
        system = await start_parts(
            local, kafka=None, mongodb=None, smtp=None, ports="free", progress=lambda _: None
        )
        try:
            bench = operations.settings(local).model_copy(update={"namespace": "bench-"})
            console.print("staff records through the directory …")
            results = {"intake": await intake.measure(bench, records)}
            console.print("mail …")
            results["mail"] = await mail.measure(bench, mails=mails)
            console.print("from Kafka to search and copies …")
            settings = operations.settings(local)
            await operations.apply_topics(settings)
            for slug, fields in operations.nine_agencies():
                await operations.add_agency(settings, slug, fields)
            begun = perf_counter()
            await start_services(system, ports="free", progress=lambda _: None)
            results["start"] = {
                "services_ready_s": round(perf_counter() - begun, 1),
                "whole_bench_s": round(perf_counter() - started, 1),
            }
            results["delay"] = await delay.measure(system, settings)
        finally:
            await system.stop()
    return results


def flat(results: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in results.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{name} ")
        else:
            yield f"{path}{name}", value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--mails", type=int, default=3_000)
    told = parser.parse_args()
    logs.configure("bench", "error")
    memory.tune()
    results = asyncio.run(run(told.records, told.mails))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    table = Table("measured", "value", title="Ratios are what counts: machines differ and are noisy")
    for name, value in flat(results):
        table.add_row(name, str(value))
    Console().print(table)
    print(f"also in {RESULTS}")


if __name__ == "__main__":
    main()
