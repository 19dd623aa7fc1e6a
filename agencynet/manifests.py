"""What stands in deploy/kubernetes and follows from the code: topics, users with their rules, services.

`make deploy` writes the files again; a test holds them against this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template

from agencynet.access.rules import Operation, Pattern, Resource, Rule, of_agency, of_service, specs
from agencynet.operations import nine_agencies
from shared.contracts.topics import SERVICES, TOPICS, Topic, staff_topic

FOLDER = Path(__file__).parents[1] / "deploy" / "kubernetes"
_HEAD = "# Written by `make deploy` from the code; change it there.\n"
_KINDS = {
    Resource.TOPIC: "topic",
    Resource.GROUP: "group",
    Resource.TRANSACTIONAL_ID: "transactionalId",
}
_PATTERNS = {Pattern.LITERAL: "literal", Pattern.PREFIXED: "prefix"}
_OPERATIONS = {Operation.READ: "Read", Operation.WRITE: "Write", Operation.CREATE: "Create"}


def topics(agencies: Iterable[str]) -> str:
    """A KafkaTopic each, for Strimzi's topic operator."""
    wanted = [*TOPICS.values(), *map(staff_topic, agencies)]
    return _HEAD + "---\n".join(_topic(topic) for topic in wanted)


def users(agencies: Iterable[str]) -> str:
    """A KafkaUser each, for Strimzi's user operator: password made there, rules from the code."""
    documents = [_user(spec.name, of_service(spec)) for spec in specs()]
    documents += [_user(rule.principal, [rule]) for rule in map(of_agency, agencies)]
    return _HEAD + "---\n".join(documents)


def services() -> str:
    template = Template((FOLDER / "service.yaml.in").read_text(encoding="utf-8"))
    # The directory keeps its search index in memory.
    memory = {"directory": "1Gi"}
    return _HEAD + "---\n".join(
        template.substitute(service=name, replicas=2, memory=memory.get(name, "512Mi")) for name in SERVICES
    )


def mongodb() -> str:
    template = Template((FOLDER / "mongodb.yaml.in").read_text(encoding="utf-8"))
    return _HEAD + template.substitute(users="\n".join(map(_mongodb_user, SERVICES)))


def files() -> dict[str, str]:
    """Name to content, with the network's first nine agencies."""
    agencies = sorted(slug for slug, _ in nine_agencies())
    return {
        "kafka-topics.yaml": topics(agencies),
        "kafka-users.yaml": users(agencies),
        "services.yaml": services(),
        "mongodb.yaml": mongodb(),
    }


def _topic(topic: Topic) -> str:
    settings = "".join(f'    {name}: "{value}"\n' for name, value in topic.config.items())
    return (
        _metadata("KafkaTopic", topic.name)
        + f"spec:\n  partitions: {topic.partitions}\n  replicas: 3\n  config:\n{settings}"
        + '    min.insync.replicas: "2"\n'
    )


def _user(name: str, rules: Iterable[Rule]) -> str:
    return (
        _metadata("KafkaUser", name)
        + "spec:\n  authentication: {type: scram-sha-512}\n  authorization:\n    type: simple\n    acls:\n"
        + "".join(_acls(sorted(rules)))
    )


def _acls(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        where = f"type: {_KINDS[rule.resource]}, name: {rule.name}, patternType: {_PATTERNS[rule.pattern]}"
        yield f"      - {{resource: {{{where}}}, operations: [{_OPERATIONS[rule.operation]}]}}\n"


def _metadata(kind: str, name: str) -> str:
    return (
        f"apiVersion: kafka.strimzi.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n"
        "  namespace: agencynet\n  labels: {strimzi.io/cluster: network}\n"
    )


def _mongodb_user(name: str) -> str:
    return (
        f"    - name: {name}\n      db: admin\n"
        f"      passwordSecretRef: {{name: mongodb-{name}-password}}\n"
        f"      connectionStringSecretName: mongodb-{name}\n"
        f"      scramCredentialsSecretName: mongodb-{name}-scram\n"
        f"      roles: [{{name: readWrite, db: {name}}}]"
    )


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
