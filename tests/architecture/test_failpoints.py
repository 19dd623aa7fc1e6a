"""The fault suite kills at every failpoint there is: a new one that it does not know fails here."""

import ast
from pathlib import Path
from random import Random

from shared.contracts.topics import SERVICES
from tests.faults.points import POINTS
from tests.faults.rows.kills import orders

ROOT = Path(__file__).parents[2]


def points_in_the_code() -> dict[str, set[str]]:
    """Point to the services that can pass it: one, or all where it is in shared/."""
    found: dict[str, set[str]] = {}
    for path in (*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.passing":
                (point,) = node.args
                assert isinstance(point, ast.Constant), f"{path}: a point is named where it is passed"
                found.setdefault(point.value, set()).update(
                    {parts[1]} if parts[0] == "services" else SERVICES
                )
    return found


def test_the_fault_suite_kills_at_every_point_and_knows_no_other() -> None:
    assert set(POINTS) == set(points_in_the_code())


def test_twenty_full_runs_kill_every_service_at_each_of_its_points() -> None:
    runs = [orders(Random(seed), list(POINTS), short=False) for seed in range(20)]
    assert all([point for point, _ in run] == list(POINTS) for run in runs)
    killed = {(point, service) for run in runs for point, services in run for service in services}
    assert killed == {(point, service) for point in POINTS for service in POINTS[point]}


def test_it_kills_at_services_that_have_the_point() -> None:
    for point, services in points_in_the_code().items():
        assert set(POINTS[point]) <= services, point
        assert POINTS[point], point
