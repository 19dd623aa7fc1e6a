"""What each principal needs, and no more: pure, from the table of topics and what the services follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from shared.contracts.topics import SERVICES, STAFF_PREFIX, TOPICS, Topic

if TYPE_CHECKING:
    from shared.service import Spec


class Resource(IntEnum):
    """Kafka's own numbers."""

    TOPIC = 2
    GROUP = 3
    TRANSACTIONAL_ID = 5


class Pattern(IntEnum):
    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """Reading and writing both imply describing."""

    READ = 3
    WRITE = 4
    CREATE = 5


class Rule(NamedTuple):
    """One thing that one principal may do, from any host."""

    principal: str
    resource: Resource
    name: str
    pattern: Pattern
    operation: Operation

    def __str__(self) -> str:
        what = self.resource.name.lower().replace("_", " ")
        which = f"{self.name}*" if self.pattern is Pattern.PREFIXED else self.name
        return f"{self.principal} may {self.operation.name.lower()} {what} {which}"


def specs() -> list[Spec]:
    return [import_module(f"services.{service}.app").SPEC for service in SERVICES]


def wanted(specs: Iterable[Spec], agencies: Iterable[str], namespace: str = "") -> set[Rule]:
    """Every rule of the network."""
    rules = {rule for spec in specs for rule in of_service(spec, namespace)}
    return rules | {of_agency(agency, namespace) for agency in agencies}


def of_agency(agency: str, namespace: str = "") -> Rule:
    """An agency's system is named as its topic is, which no service can be."""
    name = namespace + STAFF_PREFIX + agency
    return Rule(name, Resource.TOPIC, name, Pattern.LITERAL, Operation.WRITE)


def of_service(spec: Spec, namespace: str = "") -> Iterator[Rule]:
    who = namespace + spec.name

    def may(operation: Operation, resource: Resource, name: str, *, prefixed: bool = False) -> Rule:
        pattern = Pattern.PREFIXED if prefixed else Pattern.LITERAL
        return Rule(who, resource, namespace + name, pattern, operation)

    for topic in TOPICS.values():
        if spec.name in writers(topic):
            yield may(Operation.WRITE, Resource.TOPIC, topic.name)
    for topic in (*(subscription.topic for subscription in spec.subscriptions), *spec.tails):
        if topic:
            yield may(Operation.READ, Resource.TOPIC, topic.name)
        else:
            # The one that takes in staff records also makes the topic of an agency that joins over HTTP.
            yield may(Operation.READ, Resource.TOPIC, STAFF_PREFIX, prefixed=True)
            yield may(Operation.CREATE, Resource.TOPIC, STAFF_PREFIX, prefixed=True)
    yield may(Operation.READ, Resource.GROUP, spec.name)
    yield may(Operation.WRITE, Resource.TRANSACTIONAL_ID, f"{spec.name}-outbox-", prefixed=True)


def writers(topic: Topic) -> tuple[str, ...]:
    return topic.writers or (topic.owner,)


def principals(namespace: str = "") -> tuple[str, ...]:
    """The services'."""
    return tuple(namespace + service for service in SERVICES)


def is_ours(principal: str, namespace: str = "") -> bool:
    """Whether the network decides what the principal may do; others' rules are left alone."""
    return principal in principals(namespace) or principal.startswith(namespace + STAFF_PREFIX)
