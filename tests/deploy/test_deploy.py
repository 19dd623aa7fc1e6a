"""What stands in deploy/ is valid, and is what the code needs. No engine runs it here: it is checked, not tried."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from agencynet.manifests import FOLDER
from services.events.settings import EventsSettings
from services.notify.settings import NotifySettings
from services.portal.settings import PortalSettings
from shared.contracts.topics import SERVICES, TOPICS
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SOURCES = [
    *(ROOT / "shared").rglob("*.py"),
    *(ROOT / "services").rglob("*.py"),
    *(ROOT / "agencynet").rglob("*.py"),
]
MANIFESTS = sorted(FOLDER.glob("*.yaml"))
OPERATORS = ("kafka.strimzi.io/", "mongodbcommunity.mongodb.com/")


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_takes_every_manifest(path: Path) -> None:
    for document in documents(path):
        if not document["apiVersion"].startswith(OPERATORS):
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
        assert document["kind"] == "Namespace" or document["metadata"]["namespace"] == "agencynet"


def test_every_service_has_replicas_probes_limits_and_no_more_rights_than_it_needs() -> None:
    deployments = {
        d["metadata"]["name"]: d for d in documents(FOLDER / "services.yaml") if d["kind"] == "Deployment"
    }
    assert set(deployments) == set(SERVICES)
    for deployment in deployments.values():
        assert deployment["spec"]["replicas"] >= 2
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["resources"]["limits"]["memory"]
        assert container["securityContext"]["readOnlyRootFilesystem"]


def test_strimzi_gets_every_topic_and_a_user_for_each_service_and_agency() -> None:
    topics = {d["metadata"]["name"]: d for d in documents(FOLDER / "kafka-topics.yaml")}
    assert set(TOPICS) <= set(topics)
    assert topics["directory.people"]["spec"]["config"]["cleanup.policy"] == "compact"
    users = {d["metadata"]["name"]: d for d in documents(FOLDER / "kafka-users.yaml")}
    feeds = {name for name in topics if name.startswith("staff.")}
    assert set(users) == {*SERVICES, *feeds}
    assert len(feeds) == 9
    for feed in feeds:
        (rule,) = users[feed]["spec"]["authorization"]["acls"]
        assert rule == {
            "resource": {"type": "topic", "name": feed, "patternType": "literal"},
            "operations": ["Write"],
        }


@pytest.mark.parts
def test_compose_is_valid_and_runs_every_service() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    assert set(services) == {*SERVICES, "kafka", "mongo", "mail", "topics"}
    for name in SERVICES:
        assert services[name]["command"][:2] == ["serve", name]
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published), "nothing asks who you are here"


def test_every_setting_that_is_named_is_one_that_the_code_reads() -> None:
    known = {"AGENCYNET_SMTP", "AGENCYNET_LOCAL"}
    for settings in (ServiceSettings, EventsSettings, NotifySettings, PortalSettings):
        prefix = settings.model_config["env_prefix"]
        known |= {f"{prefix}{name}".upper() for name in settings.model_fields}
    known |= {f"AGENCYNET_{service.upper()}_URL" for service in SERVICES}
    for path in (
        COMPOSE,
        *(ROOT / "deploy").rglob("*"),
        ROOT / "docs" / "tls.md",
        ROOT / "docs" / "operating.md",
    ):
        if path.is_file():
            named = set(re.findall(r"AGENCYNET_[A-Z_]*[A-Z]", path.read_text()))
            assert named <= known, f"{path.name}: {sorted(named - known)}"


def test_the_image_is_made_from_files_that_are_there() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in (ROOT / "deploy" / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
                assert source in let_in, f"{source} does not reach the build"


def test_nothing_secret_and_no_address_of_a_registry_is_in_deploy() -> None:
    text = "\n".join(p.read_text() for p in (ROOT / "deploy").rglob("*") if p.is_file())
    assert "PRIVATE KEY" not in text.replace("# The private key", "")
    assert not re.search(r"password=[^…\s]{4,}", text)
    assert json.loads((ROOT / "deploy" / "grafana" / "network.json").read_text())


def test_the_signing_key_is_in_reach_of_the_portal_alone() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    for name in SERVICES:
        mounted = {volume.split(":")[0] for volume in services[name]["volumes"]}
        assert ("signing" in mounted) == (name == "portal"), name
        assert all(volume.endswith(":ro") for volume in services[name]["volumes"])
    made = " ".join(services["topics"]["command"])
    assert "Path('/signing')" in made
    assert "/signing/jwks.json /keys/jwks.json" in made, "the public half is for all"


def test_compose_says_that_its_mail_goes_in_clear_and_kubernetes_that_it_does_not() -> None:
    network = yaml.safe_load(COMPOSE.read_text())["x-network"]
    told = {"smtp": network["AGENCYNET_SMTP"], "smtp_tls": network["AGENCYNET_NOTIFY_SMTP_TLS"]}
    assert NotifySettings(**told).smtp_security == "none"
    notify = next(d for d in documents(FOLDER / "settings.yaml") if d["metadata"]["name"] == "notify")["data"]
    told = {"smtp": notify["AGENCYNET_SMTP"], "smtp_tls": notify["AGENCYNET_NOTIFY_SMTP_TLS"]}
    assert NotifySettings(**told).smtp_security == "starttls"
