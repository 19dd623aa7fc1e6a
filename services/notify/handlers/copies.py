"""Keeping up with who the people and the agencies are."""

from collections.abc import Sequence
from typing import Any

from services.notify.store import notifications
from shared.contracts.directory import Agency, Person
from shared.incoming import Incoming
from shared.mongo import Transaction
from shared.states import Copy

_PEOPLE = Copy("people", Person)
_AGENCIES = Copy("agencies", Agency)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    changes = await _PEOPLE.apply(tx, batch)
    if gone := [change.id for change in changes if change.after is None]:
        await notifications.forget(tx, gone)


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    await _AGENCIES.apply(tx, batch)
