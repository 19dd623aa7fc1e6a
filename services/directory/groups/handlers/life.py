"""Groups are looked after: an owner is found, structure is proposed, the sleeping are nudged."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import uuid_utils

from services.directory.days import today
from services.directory.groups.handlers import groups
from services.directory.groups.rules import life as rules
from services.directory.groups.store import groups as group_store
from services.directory.groups.store import life as store
from services.directory.people.store import profiles
from services.directory.telling import tell
from shared.contracts.community import GroupAsleep, GroupOwner, GroupProposal
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Document, Transaction


async def look_after(tx: Transaction, group_id: str, now: datetime) -> None:
    """What is due, if it still is."""
    group = await group_store.load(tx, group_id)
    if group is None or group.get("due_at") is None or group["due_at"] > now:
        return
    after = await _find_owner(tx, group, now)
    if not rules.owner_is_gone(after):
        after = await _propose_or_nudge(tx, after, now)
    after = rules.looked_after(after, now_ms(now))
    if after["owner_id"] != group["owner_id"]:
        await groups.save(tx, after)
    else:
        await group_store.save_many(tx, [after])


async def _find_owner(tx: Transaction, group: Document, now: datetime) -> Document:
    step = rules.ownership(group, now)
    if step == "fine":
        return {**group, "owner_wanted_since": None}
    if step == "ask":
        after = {**group, "owner_wanted_since": now_ms(now)}
        await _tell_of_owner(tx, after, None)
        return after
    if step == "hand_over":
        heir = rules.heir(group)
        after = {**group, "owner_id": heir, "owner_wanted_since": None}
        await _tell_of_owner(tx, after, heir)
        return after
    return group


async def take_over(tx: Transaction, group: Document, person_id: str) -> Document:
    """A member takes over from an owner who is gone; the others are told."""
    after = {**group, "owner_id": person_id, "owner_wanted_since": None}
    await _tell_of_owner(tx, after, person_id)
    return await groups.save(tx, after)


async def _tell_of_owner(tx: Transaction, group: Document, heir: str | None) -> None:
    people = await profiles.load_many(tx, [heir] if heir else [])
    for member in group["members"]:
        notice = GroupOwner(
            group_id=group["_id"],
            group_name=group["name"],
            owner_id=heir or "",
            owner_agency=people[heir]["agency"] if heir else "",
            you=member == heir,
            working_days=rules.DAYS_TO_TAKE_OVER,
        )
        subject = f"group/{group['_id']}/owner"
        tell(
            tx, member, "directory.group_owner", subject=subject, version=group["version"] + 1, notice=notice
        )


async def _propose_or_nudge(tx: Transaction, group: Document, now: datetime) -> Document:
    activity = await store.activity(tx, group, now)
    owner, about = group["owner_id"], {"group_id": group["_id"], "group_name": group["name"]}
    if reason := rules.earned(group, activity, now):
        proposal = GroupProposal(
            **about,
            reason=reason,
            members=activity.members,
            agencies=activity.agencies,
            meetings=activity.meetings,
        )
        _tell_owner(tx, owner, "directory.group_proposal", group, proposal)
        return {**group, "proposed_at": now_ms(now), "proposed_because": reason}
    if rules.is_asleep(group, activity, now):
        asleep = GroupAsleep(**about, since=today(activity.last_at))
        _tell_owner(tx, owner, "directory.group_asleep", group, asleep)
        return {**group, "nudged_at": now_ms(now)}
    return group


def _tell_owner(
    tx: Transaction, owner: str, kind: str, group: Document, notice: GroupProposal | GroupAsleep
) -> None:
    subject, version = f"group/{group['_id']}", int(group["due_at"].timestamp())
    tell(tx, owner, kind, subject=subject, version=version, notice=notice)


async def change(tx: Transaction, group: Document, changes: Mapping[str, Any], now: datetime) -> Document:
    """
    Raises:
        Invalid: what a group with structure must have is missing, or somebody is no member.

    """
    wanted = rules.with_stage(group, changes, now_ms(now))
    if wrong := rules.lacking({**group, **wanted}):
        raise Invalid(**wrong)
    if not wanted:
        return group
    after = await groups.change_group(tx, group, {**wanted, "active_at": now_ms(now)})
    if after["owner_id"] != group["owner_id"]:
        await _tell_of_owner(tx, {**after, "version": group["version"]}, after["owner_id"])
    return after


async def decide(
    tx: Transaction, group: Document, text: str, decided_on: date | None, by: str | None, now: datetime
) -> Document:
    """A line in the group's decision log."""
    decision: Document = {
        "_id": str(uuid_utils.uuid7()),
        "group_id": group["_id"],
        "text": text,
        "decided_on": (decided_on or today(now)).isoformat(),
        "noted_by": by,
        "noted_at": now_ms(now),
    }
    await store.insert_decision(tx, decision)
    await group_store.save_many(tx, [{**group, "active_at": now_ms(now)}])
    return decision
