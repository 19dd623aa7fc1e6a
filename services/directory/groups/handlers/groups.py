"""Groups are made, and people join and leave them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.directory.groups import refusals
from services.directory.groups.rules import groups as rules
from services.directory.groups.rules import life as group_life
from services.directory.groups.store import groups as store
from services.directory.people.rules.facts import VisibilityChanged
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import people, profiles
from services.directory.refusals import NoSuchGroup
from shared.contracts.envelope import Trace
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PEOPLE
from shared.errors import Invalid
from shared.formats.alphabet import sort_key
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.publishing import outbox
from shared.refusals import NoSuchPerson

MOST_MEMBERS = 2_000


async def create_group(
    tx: Transaction, group_id: str, *, name: str, purpose: str, owner_id: str, now: datetime
) -> Document:
    """The owner is its first member."""
    document: Document = {
        "_id": group_id,
        "version": 1,
        "deleted": False,
        "name": name,
        "sort_name": sort_key(name),
        "purpose": purpose,
        "owner_id": owner_id,
        "members": [],
        "withheld": [],
        "created_at": now_ms(now),
        **group_life.begun(now_ms(now)),
    }
    await store.insert(tx, document)
    return await add_member(tx, group_id, owner_id, version=1)


async def change_group(tx: Transaction, group: Document, changes: Mapping[str, Any]) -> Document:
    """
    Raises:
        Invalid: the new owner is no member.

    """
    after = {**group, **changes}
    if after == group:
        return group
    if not rules.has(after, after["owner_id"]):
        raise Invalid(owner_id=refusals.IsNotMember())
    after["sort_name"] = sort_key(after["name"])
    return await save(tx, after)


async def load_group(tx: Transaction, group_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such group.

    """
    group = await store.load(tx, group_id)
    if not group:
        raise NoSuchGroup
    return group


async def add_member(
    tx: Transaction, group_id: str, person_id: str, *, version: int | None = None
) -> Document:
    """Idempotent. `version` is that of the group after, where it is not one more than before.

    Raises:
        NotFound: there is no such group, or no such person.
        Conflict: the group is full.

    """
    group = await load_group(tx, group_id)
    if rules.has(group, person_id):
        return group
    if len(group["members"]) + len(group["withheld"]) >= MOST_MEMBERS:
        raise refusals.TooManyMembers(f"A group has at most {MOST_MEMBERS} members.", most=MOST_MEMBERS)
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if person is None or person["status"] != "active":
        raise NoSuchPerson
    await _note_on_person(tx, person_id, group_id, member=True)
    after = dict(rules.join(group, person_id, visible=is_visible(person)))
    # Things happen in it; and where there was nobody to hand it over to, there is now.
    after.update(active_at=datetime.now(UTC), due_at=_sooner(after))
    return await save(tx, after, version)


async def remove_member(tx: Transaction, group_id: str, person_id: str) -> Document:
    """Idempotent.

    Raises:
        NotFound: there is no such group.
        Conflict: the person owns the group.

    """
    group = await load_group(tx, group_id)
    if not rules.has(group, person_id):
        return group
    if group["owner_id"] == person_id:
        raise refusals.OwnerStays
    await _note_on_person(tx, person_id, group_id, member=False)
    return await save(tx, dict(rules.leave(group, person_id)))


async def on_visibility_changed(
    tx: Transaction, changed: Sequence[VisibilityChanged], _now: datetime
) -> None:
    """A group shows its members for as long as others may see them. Idempotent."""
    ids = {group_id for change in changed for group_id in change.groups}
    if not ids:
        return
    saved: list[Document] = []
    for group in await store.load_many(tx, ids):
        after = dict(rules.follow(group, changed))
        if after != group:
            after["version"] = group["version"] + 1
            after["due_at"] = _sooner(after)
            saved.append(after)
            outbox.announce(tx, DIRECTORY_GROUPS, store.public_state(after), changed[-1].cause)
    if saved:
        await store.save_many(tx, saved)


async def _note_on_person(tx: Transaction, person_id: str, group_id: str, *, member: bool) -> None:
    person = await store.set_on_person(tx, person_id, group_id, member=member)
    if (state := people.public_state(person)) is not None:
        outbox.announce(tx, DIRECTORY_PEOPLE, state)


def _sooner(group: Document) -> datetime:
    """A group whose owner is gone is looked after at once (handlers/group_life.py)."""
    gone = group_life.owner_is_gone(group)
    return group_life.AT_ONCE if gone or group.get("due_at") is None else group["due_at"]


async def save(
    tx: Transaction, group: Document, version: int | None = None, cause: Trace | None = None
) -> Document:
    group["version"] = version or group["version"] + 1
    await store.save_many(tx, [group])
    outbox.announce(tx, DIRECTORY_GROUPS, store.public_state(group), cause)
    return group
