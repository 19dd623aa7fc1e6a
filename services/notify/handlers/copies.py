"""Keeping up with who the people and the agencies are."""

from collections.abc import Sequence
from typing import Any

from shared.consumer import Incoming
from shared.contracts.directory import Agency, Person
from shared.mongo import Transaction
from shared.states import Copy

_PEOPLE = Copy("people", Person)
_AGENCIES = Copy("agencies", Agency)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    await _PEOPLE.apply(tx, batch)


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Any]]) -> None:
    await _AGENCIES.apply(tx, batch)
