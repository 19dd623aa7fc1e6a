"""Who may do what on Kafka follows from the code, so that the two can't drift apart."""

import re
from pathlib import Path

import pytest

from agencynet.access.rules import (
    Operation,
    Pattern,
    Resource,
    Rule,
    is_ours,
    of_agency,
    specs,
    wanted,
    writers,
)
from shared.contracts.topics import NOTIFY_REQUESTS, SERVICES, TOPICS
from shared.service import Spec

ROOT = Path(__file__).parents[2]


def code_of(service: str) -> str:
    return "\n".join(path.read_text() for path in (ROOT / "services" / service).rglob("*.py"))


def test_an_agency_may_write_to_its_own_feed_and_nothing_else() -> None:
    mine = {rule for rule in wanted(specs(), ["csn", "spv"]) if rule.principal == "staff.csn"}
    assert (
        mine
        == {Rule("staff.csn", Resource.TOPIC, "staff.csn", Pattern.LITERAL, Operation.WRITE)}
        == {of_agency("csn")}
    )


def test_a_service_may_write_what_it_owns_and_ask_for_mail() -> None:
    for rule in wanted(specs(), []):
        if rule.resource is Resource.TOPIC and rule.operation is Operation.WRITE:
            topic = TOPICS[rule.name]
            assert rule.principal in {topic.owner, *topic.writers}, str(rule)


def test_nobody_but_the_directory_may_read_what_agencies_send() -> None:
    readers = {
        rule.principal
        for rule in wanted(specs(), ["csn"])
        if rule.operation is Operation.READ and rule.resource is Resource.TOPIC and "staff." in rule.name
    }
    assert readers == {"directory"}


def test_who_asks_for_mail_in_the_code_is_who_may() -> None:
    asking = {name for name in SERVICES if re.search(r"outbox\.request\(|\brequest\(tx", code_of(name))}
    assert asking <= set(writers(NOTIFY_REQUESTS))


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)
def test_a_topic_that_a_service_reads_by_itself_is_declared(spec: Spec) -> None:
    read = set(re.findall(r"\bTail\([^,]+, ([A-Z_]+)\)", code_of(spec.name)))
    assert {topic.name.upper().replace(".", "_") for topic in spec.tails} == read


def test_a_namespace_keeps_two_networks_apart() -> None:
    rules = wanted(specs(), ["csn"], "trial-")
    assert all(rule.principal.startswith("trial-") and rule.name.startswith("trial-") for rule in rules)
    assert not any(is_ours(rule.principal) for rule in rules)
    assert all(is_ours(rule.principal, "trial-") for rule in rules)
