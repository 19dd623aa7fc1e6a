"""Whom the courses service listens to."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.courses.handlers import staff
from services.courses.store.people import AGENCIES, PEOPLE
from shared.consuming.incoming import Incoming
from shared.consuming.subscriptions import Subscription
from shared.contracts.directory import Agency, Person
from shared.contracts.types import Gone
from shared.mongo import Transaction
from shared.privacy import following


async def on_agencies_changed(tx: Transaction, batch: Sequence[Incoming[Agency | Gone]]) -> None:
    await staff.take_agencies(tx, batch)


async def on_people_changed(tx: Transaction, batch: Sequence[Incoming[Person | Gone]]) -> None:
    await staff.take_people(tx, batch, datetime.now(UTC))


SUBSCRIPTIONS = (
    Subscription.keeping(AGENCIES, on_agencies_changed),
    Subscription.keeping(PEOPLE, on_people_changed),
    following.SUBSCRIPTION,
)
