"""Who belongs to a group, and who of them is shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.directory.people.rules.facts import VisibilityChanged

Group = Mapping[str, Any]


def join(group: Group, person_id: str, *, visible: bool) -> Group:
    """The group with this member; who may not be seen is a member whom the group does not show."""
    shown, hidden = _without(group["members"], person_id), _without(group["withheld"], person_id)
    if visible:
        return {**group, "members": [*shown, person_id], "withheld": hidden}
    return {**group, "members": shown, "withheld": [*hidden, person_id]}


def leave(group: Group, person_id: str) -> Group:
    return {
        **group,
        "members": _without(group["members"], person_id),
        "withheld": _without(group["withheld"], person_id),
    }


def move(group: Group, joining: Mapping[str, bool], leaving: Iterable[str]) -> Group:
    """Many at once: who joins, each with whether they may be seen, and who leaves."""
    gone = {*leaving} - joining.keys()

    def kept(ids: Iterable[str], *, visible: bool) -> list[str]:
        stay = [id_ for id_ in ids if id_ not in gone and id_ not in joining]
        return [*stay, *(id_ for id_, seen in joining.items() if seen is visible)]

    return {
        **group,
        "members": kept(group["members"], visible=True),
        "withheld": kept(group["withheld"], visible=False),
    }


def has(group: Group, person_id: str) -> bool:
    return person_id in group["members"] or person_id in group["withheld"]


def follow(group: Group, changes: Iterable[VisibilityChanged]) -> Group:
    """Members shown or hidden as they may now be seen; who was no member does not become one."""
    for change in changes:
        shown_now = change.person_id in group["members"]
        if has(group, change.person_id) and shown_now != change.visible:
            group = join(group, change.person_id, visible=change.visible)
    return group


def _without(ids: Iterable[str], person_id: str) -> list[str]:
    return [id_ for id_ in ids if id_ != person_id]
