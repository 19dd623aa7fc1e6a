"""The rules on a real Kafka: what is there, what is missing, what is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from agencynet.access.protocol import ask
from agencynet.access.rules import Operation, Pattern, Resource, Rule, is_ours
from shared.settings import ServiceSettings

_ANY = 1
_ALLOW = 3
_USER = "User:"
_EVERYWHERE = "*"
SECURITY_DISABLED = 54


class NoAuthorizer(Exception):  # noqa: N818
    """The broker lets everybody do everything."""


@dataclass(frozen=True, slots=True)
class Difference:
    missing: list[Rule]
    unwanted: list[str]
    """In words: they may be of kinds that we never make."""
    found: list[tuple[Any, ...]]
    """The same as Kafka has them."""


async def compare(settings: ServiceSettings, wanted: Iterable[Rule]) -> Difference:
    """What is missing, and what the network's principals may do that they need not.

    Raises:
        NoAuthorizer: the broker has none.

    """
    have = [acl for acl in await _found(settings) if is_ours(acl[3].removeprefix(_USER), settings.namespace)]
    want = {_acl(rule): rule for rule in wanted}
    extra = [acl for acl in have if acl not in want]
    missing = sorted(rule for acl, rule in want.items() if acl not in have)
    return Difference(missing, sorted(map(_words, extra)), extra)


async def apply(settings: ServiceSettings, difference: Difference) -> None:
    """First what is missing, then away with what is too much, so that nobody is shut out in between."""
    await allow(settings, difference.missing)
    for answer in await ask(settings, [DeleteAclsRequest(*acl) for acl in difference.found]):
        for code, message, _ in answer.filter_responses:
            _check(code, message)


async def allow(settings: ServiceSettings, rules: Iterable[Rule]) -> None:
    """Idempotent.

    Raises:
        NoAuthorizer: the broker has none.

    """
    for answer in await ask(settings, [CreateAclsRequest(*_acl(rule)) for rule in rules]):
        for code, message in answer.creation_responses:
            _check(code, message)


async def _found(settings: ServiceSettings) -> list[tuple[Any, ...]]:
    everything: Any = (_ANY, None, _ANY, None, None, _ANY, _ANY)
    (answer,) = await ask(settings, [DescribeAclsRequest(*everything)])
    _check(answer.error_code, answer.error_message)
    return [(kind, name, pattern, *acl) for kind, name, pattern, acls in answer.resources for acl in acls]


def _check(code: int, message: str | None) -> None:
    if code == SECURITY_DISABLED:
        raise NoAuthorizer("This Kafka has no authorizer: everybody who reaches it may do everything.")
    if code:
        raise for_code(code)(message)


def _acl(rule: Rule) -> tuple[Any, ...]:
    who = _USER + rule.principal
    return (int(rule.resource), rule.name, int(rule.pattern), who, _EVERYWHERE, int(rule.operation), _ALLOW)


def _words(acl: tuple[Any, ...]) -> str:
    kind, name, pattern, who, host, operation, permission = acl
    known = host == _EVERYWHERE and permission == _ALLOW
    try:
        rule = Rule(who.removeprefix(_USER), Resource(kind), name, Pattern(pattern), Operation(operation))
    except ValueError:
        known = False
    else:
        if known:
            return str(rule)
    return f"{who}: permission {permission}, operation {operation}, resource {kind} {name}, host {host}"
