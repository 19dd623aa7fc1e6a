"""Groups that an agency's identity provider keeps: each is one of the network's groups, as long as somebody
of the agency's active people is in it. Who joined it on their own stays in it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from services.directory.groups import refusals
from services.directory.groups.handlers.groups import MOST_MEMBERS
from services.directory.groups.rules import groups as rules
from services.directory.groups.rules import life as group_life
from services.directory.groups.store import groups as store
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import people, profiles
from shared.contracts.topics import DIRECTORY_GROUPS, DIRECTORY_PEOPLE
from shared.contracts.types import Text
from shared.errors import Invalid
from shared.formats.alphabet import sort_key
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.publishing import outbox

_NAME = TypeAdapter(Text)


async def follow(
    tx: Transaction,
    agency: str,
    group_id: str,
    name: str,
    before: Sequence[str],
    after: Sequence[str],
    now: datetime,
) -> None:
    """The members were those before and are those after; without a member there is no group.

    Raises:
        Invalid: a name that no group can have.

    """
    group = await store.load(tx, group_id)
    had = set(before) if group else set()
    joining = [id_ for id_ in after if id_ not in had]
    leaving = had.difference(after)
    persons = await _fit(tx, agency, joining)
    if group is None:
        if persons:
            await _begin(tx, group_id, _checked(name), persons, now)
        return
    changed = _moved(group, persons, leaving)
    if name and name != group["name"]:
        changed["name"] = _checked(name)
        changed["sort_name"] = sort_key(changed["name"])
    if changed != group:
        await _save(tx, group, changed, now)


async def welcome(tx: Transaction, agency: str, group_id: str, person_id: str, now: datetime) -> bool:
    """Somebody whom the identity provider has in the group has come. False where the network has no such
    group yet: nobody of it was at work before.
    """
    group = await store.load(tx, group_id)
    if group is None:
        return False
    persons = await _fit(tx, agency, [person_id])
    if not rules.has(group, person_id):
        await _save(tx, group, _moved(group, persons, ()), now)
    return True


async def forget(tx: Transaction, group_id: str, person_ids: Iterable[str], now: datetime) -> None:
    """They are not in the identity provider's group any more because they are gone."""
    group = await store.load(tx, group_id)
    leaving = [id_ for id_ in person_ids if group is not None and rules.has(group, id_)]
    if group is not None and leaving:
        await _save(tx, group, _moved(group, [], leaving), now)


async def _fit(tx: Transaction, agency: str, ids: Iterable[str]) -> list[Document]:
    """Who of them works at the agency now: no machines, and nobody who has left."""
    wanted = list(ids)
    found = await profiles.load_many(tx, wanted) if wanted else {}
    persons = [found[id_] for id_ in wanted if id_ in found]
    return [each for each in persons if each["agency"] == agency and each["status"] == "active"]


def _checked(name: str) -> str:
    try:
        return _NAME.validate_python(name.strip())
    except ValidationError:
        raise Invalid(displayName=refusals.NameIsUnfit()) from None


async def _begin(
    tx: Transaction, group_id: str, name: str, persons: Sequence[Document], now: datetime
) -> None:
    # One that had nobody left is there until it is forgotten, and its version goes on.
    group: Document = {
        "_id": group_id,
        "version": await store.last_version(tx, group_id),
        "deleted": False,
        "name": name,
        "sort_name": sort_key(name),
        "purpose": "",
        "owner_id": None,
        "members": [],
        "withheld": [],
        "created_at": now_ms(now),
        **group_life.begun(now_ms(now)),
    }
    await store.begin(tx, group)
    await _save(tx, group, _moved(group, persons, ()), now)


def _moved(group: Document, joining: Iterable[Document], leaving: Iterable[str]) -> Document:
    """The group after; where the owner is not in it any more, somebody takes over at once.

    Raises:
        Invalid: it would be too large.

    """
    moved = dict(rules.move(group, {each["_id"]: is_visible(each) for each in joining}, leaving))
    if len(moved["members"]) + len(moved["withheld"]) > MOST_MEMBERS:
        raise Invalid(
            members=refusals.MembersAreTooMany(f"are at most {MOST_MEMBERS} in a group", most=MOST_MEMBERS)
        )
    if not rules.has(moved, moved["owner_id"]):
        moved["owner_id"] = (
            group_life.heir(moved) if moved["members"] else next(iter(moved["withheld"]), None)
        )
    return moved


async def _save(tx: Transaction, before: Document, after: Document, now: datetime) -> None:
    after["version"] = before["version"] + 1
    after["active_at"] = now_ms(now)
    if not after["members"] and not after["withheld"]:
        after.update(deleted=True, gone_at=now_ms(now), name="", sort_name="", owner_id=None, due_at=None)
    await store.save_many(tx, [after])
    outbox.announce(tx, DIRECTORY_GROUPS, store.public_state(after))
    was, is_ = ({*group["members"], *group["withheld"]} for group in (before, after))
    await _note(tx, is_ - was, before["_id"], member=True)
    await _note(tx, was - is_, before["_id"], member=False)


async def _note(tx: Transaction, ids: Iterable[str], group_id: str, *, member: bool) -> None:
    for person in await store.set_on_people(tx, sorted(ids), group_id, member=member):
        if (state := people.public_state(person)) is not None:
            outbox.announce(tx, DIRECTORY_PEOPLE, state)
