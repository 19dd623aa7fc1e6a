"""200,000 rows of an HR export: dry, taken in, and once more."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from agencynet import imports
from tests.bench.ground import Ground
from tests.bench.people import staff_records
from tests.bench.rows import Row

AGENCY = "spv"
_HEADINGS = "Anstnr;Förnamn;Efternamn;E-post;Telefon;Befattning;Ort;Anställd fr.o.m.;Skyddad"


async def measure(ground: Ground) -> Sequence[Row]:
    await ground.network()
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "personal.csv"
        _write(path, ground.scaled(200_000), ground.seed)
        for name, dry in (("dry run", True), ("taken in", False), ("once more", False)):
            started = perf_counter()
            job = await imports.import_file(
                ground.settings(), AGENCY, path, dry_run=dry, complete=False, tell=lambda _: None
            )
            took = perf_counter() - started
            rows.append(Row(f"{name}: {job['counts']['rows']:,} rows", round(took, 1), "s"))
            rows.append(Row(f"{name}: new or changed", job["counts"]["applied"]))
    return rows


def _write(path: Path, rows: int, seed: int) -> None:
    with path.open("w", encoding="cp1252", errors="replace") as file:
        file.write(_HEADINGS + "\n")
        for each in staff_records(rows, seed=seed, start=2_000_000):
            said = (each.employee_id, each.given_name, each.family_name, each.email or "", each.phone)
            file.write(";".join((*said, each.title, each.location, "23.11.2026", "nej")) + "\n")
