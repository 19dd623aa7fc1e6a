"""`make mutants`: break the rules, one change at a time, and see that a unit test fails each time.

mutmut makes the changes and runs, of the unit tests, those that call the changed function. A mutant that no unit
test reaches counts as one that survived.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants import AREAS, Area

ROOT = Path(__file__).parents[2]
CODE = ("agencynet", "services", "shared")
_SURVIVED, _UNREACHED = 0, 33
# mutmut numbers the mutants of a function: their last digits are a fair sample.
_DIGITS = "7308529164"
_SETTINGS = """[mutmut]
source_paths =
    {code}
only_mutate =
    {broken}
pytest_add_cli_args =
    -m
    unit
    -p
    no:cacheprovider
    --hypothesis-profile=mutants
pytest_add_cli_args_test_selection =
    {tests}
"""


def main() -> None:
    wanted = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    wanted.add_argument("--only", default="", help="areas, by comma: " + ", ".join(AREAS))
    wanted.add_argument("--module", default="", help="a module in them, such as bookings")
    wanted.add_argument("--share", type=float, default=1, help="how much of all mutants; 0.2 is every fifth")
    wanted.add_argument("--keep", type=Path, help="a folder for the mutants, to look at survivors later")
    given = wanted.parse_args()
    for name in filter(None, given.only.split(",")) if given.only else AREAS:
        with TemporaryDirectory(prefix=f"mutants-{name}-") as folder:
            run(AREAS[name], (given.keep / name) if given.keep else Path(folder), given.module, given.share)


def run(area: Area, folder: Path, module: str, share: float) -> None:
    for part in (*CODE, "tests"):
        shutil.copytree(
            ROOT / part, folder / part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    # Its pyproject says nothing of mutmut, which then reads setup.cfg.
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "setup.cfg").write_text(
        _SETTINGS.format(code="\n    ".join(CODE), broken="\n    ".join(area.broken), tests=area.tests)
    )
    digits = _DIGITS[: max(1, round(share * 10))]
    program = Path(sys.executable).with_name("mutmut")
    command = [program, "run", "--max-children", "1", f"*.{module or '*'}.*__mutmut_*[{digits}]"]
    with (folder / "said.txt").open("w") as said:
        ended = subprocess.run(
            ["nice", "-n", "19", *command], cwd=folder, stdout=said, stderr=subprocess.STDOUT, check=False
        )
    if ended.returncode:
        sys.exit("\n".join((folder / "said.txt").read_text().splitlines()[-40:]))
    report(folder)


def report(folder: Path) -> None:
    found = {name: code for name, code in results(folder / "mutants") if code is not None}
    modules = sorted({_module(name) for name in found})
    for module in modules:
        codes = Counter(code for name, code in found.items() if _module(name) == module)
        living, total = codes[_SURVIVED] + codes[_UNREACHED], codes.total()
        print(
            f"{module}: {100 * (total - living) // total} % of {total} killed, {codes[_UNREACHED]} unreached"
        )
    for name, code in found.items():
        if code == _SURVIVED:
            shown = subprocess.run(
                [Path(sys.executable).with_name("mutmut"), "show", name],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            changed = [
                line
                for line in shown.stdout.splitlines()
                if line[:1] in {"+", "-"} and line[1:2] not in {"+", "-"}
            ]
            print(name, *changed, sep="\n")
    unreached = Counter(name.rpartition("__mutmut")[0] for name, code in found.items() if code == _UNREACHED)
    for name, count in unreached.most_common():
        print(f"no unit test reaches {name}: {count}")


def results(folder: Path) -> Iterator[tuple[str, int | None]]:
    for path in sorted(folder.rglob("*.meta")):
        yield from json.loads(path.read_text())["exit_code_by_key"].items()


def _module(name: str) -> str:
    return name.rpartition(".")[0]


if __name__ == "__main__":
    main()
