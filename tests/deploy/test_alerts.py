"""O3: alerts and pictures ask for what the services measure, and each alert is explained to whom it wakes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml

ROOT = Path(__file__).parents[2]
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "network.json").read_text())
GUIDE = (ROOT / "docs" / "operating.md").read_text()
ASKED = [
    *((rule["alert"], rule["expr"]) for rule in ALERTS),
    *((panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]),
]


def measured() -> dict[str, set[str]]:
    """Series that the code makes, and their labels."""
    found: dict[str, set[str]] = {}
    pattern = re.compile(
        r"\b(Gauge|Counter|Histogram)\(\s*\"(\w+)\",\s*f?\"[^\"]*\"(?:,\s*(\[[^\]]*\]))?", re.DOTALL
    )
    for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        for kind, name, labels in pattern.findall(path.read_text()):
            known = set(re.findall(r"\"(\w+)\"", labels))
            if kind == "Histogram":
                found |= {f"{name}_bucket": {*known, "le"}, f"{name}_count": known, f"{name}_sum": known}
            else:
                found[name] = known
    return found


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Name and labels of every series that an expression reads."""
    promql_parser.parse(expression)
    for name, labels in re.findall(r"\b((?:agencynet|notify|http)_\w+)(?:\{([^}]*)\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*[=!]~?", labels))


def test_the_code_measures_what_an_operator_needs() -> None:
    assert {
        "agencynet_consumer_lag_records",
        "agencynet_outbox_rows",
        "agencynet_outbox_oldest_seconds",
        "agencynet_parked_keys",
        "notify_oldest_due_seconds",
        "notify_mails_waiting",
    } <= set(measured())


@pytest.mark.parametrize(("name", "expression"), ASKED, ids=[name for name, _ in ASKED])
def test_it_asks_for_what_is_measured(name: str, expression: str) -> None:
    series = measured()
    asked = list(selectors(expression))
    assert asked, name
    for metric, labels in asked:
        assert metric in series, metric
        assert labels <= series[metric], f"{metric} has no {labels - series[metric]}"


def test_everything_that_is_measured_is_looked_at() -> None:
    asked = {metric for _, expression in ASKED for metric, _ in selectors(expression)}
    assert {name for name in measured() if not name.endswith("_sum")} <= asked


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    explained = set(re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE))
    assert explained == {rule["alert"] for rule in ALERTS}
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_no_label_can_name_a_person() -> None:
    labels = {label for known in measured().values() for label in known}
    assert labels <= {
        "service",
        "topic",
        "partition",
        "kind",
        "state",
        "outcome",
        "method",
        "route",
        "status",
        "le",
    }


def test_the_commands_in_the_guide_exist() -> None:
    from typer.main import get_command

    from agencynet.cli import app

    for line in re.findall(r"`agencynet ([^`]+)`", GUIDE):
        command = get_command(app)
        for word in line.split():
            inner = getattr(command, "commands", None)
            if inner is None:
                break
            assert word in inner, f"agencynet {line}"
            command = inner[word]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", line)) <= options, f"agencynet {line}"
