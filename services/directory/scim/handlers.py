"""What identity providers give: kept as they gave it, and taken in like every other door's records."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from services.directory.groups.handlers import feed as feed_groups
from services.directory.intake.handlers.staff import take_in
from services.directory.intake.handlers.submissions import Salvaged, Submission
from services.directory.intake.rules.identity import who
from services.directory.intake.rules.intake import SOMEBODY_ELSE
from services.directory.intake.rules.safety import Safety, SafetyFacts, protection
from services.directory.people.store import profiles
from services.directory.refusals import IsAnotherPersons, NoSuchResource, RecordDoesNotFit, ResourceHasChanged
from services.directory.scim import rules, store
from shared.consuming import parking
from shared.contracts.envelope import Trace
from shared.contracts.ids import person_id
from shared.contracts.staff import StaffRecord, read_kept
from shared.errors import Invalid, Refused
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.observing import trace

_CHANGED, _NONE = "The {} has changed.", "There is no such {}."


class Removal(NamedTuple):
    """`expected` is the version that it must have; `trace`, what asked for it."""

    kind: str
    id: str
    expected: int | None
    trace: Trace


class Arrival(NamedTuple):
    person_id: str
    returns: bool


class Given(NamedTuple):
    """A resource as the identity provider has it, without id and meta, and its mirror."""

    agency: str
    kind: str
    resource: Mapping[str, Any]
    keys: dict[str, Any]


async def add(tx: Transaction, given: Given, name: str, now: datetime) -> Document:
    """`name` is what a user's employee is called from now on, or what the group's id is made of.

    Raises:
        Invalid: what the network can't take, by the attribute's name.

    """
    id_ = person_id(given.agency, name)
    if given.kind == store.USER:
        id_ = await _person_called(tx, given, name)
    # Begins at the clock, so that a version never comes again when a resource is made again.
    document = {
        "_id": id_,
        "agency": given.agency,
        "kind": given.kind,
        "resource": dict(given.resource),
        "keys": given.keys,
        "meta": {"resource_type": given.kind, "created": now_ms(now), "last_modified": now_ms(now)},
        "version": int(now.timestamp() * 1000),
    }
    if given.kind == store.USER:
        document["employee_id"] = name
    await store.insert(tx, document)
    await _follow(tx, document, None, now)
    return document


async def _person_called(tx: Transaction, given: Given, name: str) -> str:
    """The id of the person that the name stands for: whoever has it, or somebody new after a leaver."""
    base = person_id(given.agency, name)
    known = (await profiles.load_current(tx, given.agency, {name: base})).get(base)
    if known is None:
        return base
    fields = rules.staff_record(given.resource, rules.Standing(name, 0))
    if fields is not None and _is_another(known, _record(fields)):
        return person_id(given.agency, name, (known.get("generation") or 1) + 1)
    return known["_id"]


def _is_another(person: Document, record: StaffRecord) -> bool:
    """Whether a leaver's name was given to somebody else."""
    if person["status"] == "active" or record.status == "left" or not person["employee_id"]:
        return False
    known = read_kept(person["record"]).model_copy(update={"status": "left"})
    return who(known, record) == "somebody_else"


async def change(tx: Transaction, given: Given, id_: str, expected: int | None, now: datetime) -> Document:
    """
    Raises:
        NotFound: there is no such resource, or it is another agency's.
        PreconditionFailed: its version is not the expected one.
        Invalid: what the network can't take, by the attribute's name.

    """
    changes = {"resource": dict(given.resource), "keys": given.keys, "meta.last_modified": now_ms(now)}
    before = await store.replace(tx, given.agency, given.kind, id_, expected, changes)
    if before is None:
        # None such, or not of that version: looking says which.
        await _load(tx, given.agency, given.kind, id_, expected)
        raise ResourceHasChanged(_CHANGED.format(given.kind))
    meta = {**before["meta"], "last_modified": changes["meta.last_modified"]}
    after = {**before, "resource": changes["resource"], "meta": meta, "version": before["version"] + 1}
    await _follow(tx, after, before, now)
    return after


async def remove(
    tx: Transaction, agency: str, removals: Sequence[Removal], now: datetime
) -> list[Refused | None]:
    """Gone from SCIM; an employee has left and stays known to the network, which a group does not. For each
    in order None, or why it can't be had: NotFound, PreconditionFailed.
    """
    found = await store.load_many(tx, agency, [each.id for each in removals])
    going: dict[str, tuple[Document, Trace]] = {}
    results: list[Refused | None] = []
    for each in removals:
        document = found.get(each.id)
        if document is None or document["kind"] != each.kind or each.id in going:
            results.append(NoSuchResource(_NONE.format(each.kind)))
        elif each.expected is not None and document["version"] != each.expected:
            results.append(ResourceHasChanged(_CHANGED.format(each.kind)))
        else:
            going[each.id] = (document, each.trace)
            results.append(None)
    await store.remove(tx, going)
    users = {id_: each for id_, each in going.items() if each[0]["kind"] == store.USER}
    for id_, (group, _) in going.items():
        if id_ not in users:
            await feed_groups.follow(tx, agency, id_, "", [*_members(group)], [], now)
    if users:
        await _take_in(tx, agency, [(_inactive(user), cause) for user, cause in users.values()], now)
        groups = await store.groups_with(tx, agency, users)
        await store.drop_members(tx, groups, users, now_ms(now))
        for group_id in groups:
            await feed_groups.forget(tx, group_id, users, now)
    return results


async def hold_safety(tx: Transaction, given: Given, id_: str | None, now: datetime) -> tuple[Safety, ...]:
    """What is in force of a user that is refused; `id_` where there is one already."""
    document = await store.load(tx, given.agency, store.USER, id_) if id_ else None
    names = [document["employee_id"]] if document else rules.employee_ids(given.resource)
    if given.kind != store.USER or not names:
        return ()
    flag = (given.resource.get(rules.NETWORK) or {}).get("protected")
    facts = SafetyFacts(names[0], None, protection(flag), given.resource.get("active") is False)
    salvaged = Salvaged(facts, "", trace.current())
    [verdict] = await take_in(tx, given.agency, [salvaged], now, door="scim", noted=False)
    return verdict.holds


def _inactive(user: Document) -> Document:
    return {**user, "resource": {**user["resource"], "active": False}}


async def _load(tx: Transaction, agency: str, kind: str, id_: str, expected: int | None) -> Document:
    document = await store.load(tx, agency, kind, id_)
    if document is None:
        raise NoSuchResource(_NONE.format(kind))
    if expected is not None and document["version"] != expected:
        raise ResourceHasChanged(_CHANGED.format(kind))
    return document


async def _follow(tx: Transaction, after: Document, before: Document | None, now: datetime) -> None:
    """What the network makes of it."""
    agency, id_ = after["agency"], after["_id"]
    if after["kind"] == store.USER:
        came = await _take_in(tx, agency, [(after, trace.current())], now)
        # A new one is in no group yet, unless they have been here before.
        if came and (before is not None or came[0].returns):
            for group in await store.groups_with(tx, agency, [id_]):
                await _welcome(tx, agency, group, id_, now)
        return
    was = _members(before) if before else []
    await feed_groups.follow(
        tx, agency, id_, after["resource"].get("displayName", ""), was, _members(after), now
    )


async def _welcome(tx: Transaction, agency: str, group_id: str, person_id: str, now: datetime) -> None:
    if await feed_groups.welcome(tx, agency, group_id, person_id, now):
        return
    group = await _load(tx, agency, store.GROUP, group_id, None)
    name = group["resource"].get("displayName", "")
    await feed_groups.follow(tx, agency, group_id, name, [], _members(group), now)


async def _take_in(
    tx: Transaction, agency: str, users: Sequence[tuple[Document, Trace]], now: datetime
) -> list[Arrival]:
    """Through the handler of all doors; returns who has come (or come back) by it."""
    people = await profiles.load_many(tx, [user["_id"] for user, _ in users])
    kept = {id_: person for id_, person in people.items() if person["employee_id"]}
    submissions: list[Submission] = []
    came: list[Arrival] = []
    for user, cause in users:
        before = kept.get(user["_id"])
        known = read_kept(before["record"]) if before else None
        version = max(
            int(now.timestamp() * 1000), (before.get("versions") or {}).get("scim", 0) + 1 if before else 0
        )
        standing = rules.Standing(user["employee_id"], version, await _manager(tx, user), known)
        fields = rules.staff_record(user["resource"], standing)
        if fields is None:
            continue
        record = _record(fields)
        if before and _is_another(before, record):
            raise Invalid(name=IsAnotherPersons())
        submissions.append(Submission(record, cause))
        if record.status == "active" and (known is None or known.status == "left"):
            came.append(Arrival(user["_id"], returns=known is not None))
    if submissions:
        for verdict in await take_in(tx, agency, submissions, now, door="scim"):
            if verdict.refusal == SOMEBODY_ELSE.refusal:
                raise Invalid(name=RecordDoesNotFit(verdict.refusal))
    return came


def _record(fields: Mapping[str, Any]) -> StaffRecord:
    try:
        return StaffRecord.model_validate(fields)
    except ValidationError as error:
        wrong = {each.field: RecordDoesNotFit(each.reason) for each in parking.problems(error)}
        raise Invalid(**wrong) from None


async def _manager(tx: Transaction, document: Document) -> str | None:
    named = rules.manager_of(document["resource"])
    if not named:
        return None
    manager = await store.load(tx, document["agency"], store.USER, named)
    return manager["employee_id"] if manager else named


def _members(document: Document) -> Sequence[str]:
    return [each["value"] for each in document["resource"].get("members") or () if each.get("value")]
