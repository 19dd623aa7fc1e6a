"""Keeping up with who the people and the agencies are."""

from collections.abc import Sequence
from typing import Any

from services.notify.handlers import wrong_addresses
from services.notify.models import Recipient
from services.notify.store import notifications
from shared.consuming.incoming import Incoming
from shared.consuming.states import Copy
from shared.contracts.directory import Agency
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.mongo import Transaction

PEOPLE = Copy(DIRECTORY_PEOPLE, Recipient)
AGENCIES = Copy(DIRECTORY_AGENCIES, Agency)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    changes = await PEOPLE.apply(tx, batch)
    if gone := [change.id for change in changes if change.after is None]:
        await notifications.forget(tx, gone)
    await wrong_addresses.on_people(tx, {change.id: change.after for change in changes})


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    await AGENCIES.apply(tx, batch)
