"""What waits for coordinators comes in one mail a morning, and only when something new does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.directory.agencies.handlers import coordinating
from services.directory.agencies.store import coordinating as store
from services.directory.worktime import next_morning
from shared.contracts.topics import NOTIFY_REQUESTS
from shared.mongo import Transaction
from shared.settings import ServiceSettings
from tests.directory.network import Network, staff
from tests.harness import eventually, messages


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        # A Thursday before eight, and at eight.
        ("2026-12-03T06:59:00", "2026-12-03T07:00:00"),
        ("2026-12-03T07:00:00", "2026-12-04T07:00:00"),
        # Friday afternoon, and the eve of Christmas.
        ("2026-12-04T15:00:00", "2026-12-07T07:00:00"),
        ("2026-12-23T15:00:00", "2026-12-28T07:00:00"),
        # Summer time.
        ("2026-07-01T15:00:00", "2026-07-02T06:00:00"),
    ],
)
def test_the_next_morning_is_a_working_one(now: str, morning: str) -> None:
    found = next_morning(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(morning).replace(tzinfo=UTC)


async def told(settings: ServiceSettings) -> list[Any]:
    found = [message.data for message in await messages(settings, NOTIFY_REQUESTS)]
    return [request for request in found if request.kind == coordinating.KIND]


async def test_corrections_and_words_are_gathered_into_one_mail(
    network: Network, settings: ServiceSettings
) -> None:
    [boss, me] = await network.hire("csn", staff("boss"), staff("me", roles=("Trollkarl", "Sierska")))
    await network.coordinate("csn", boss)
    for value in ("Etta", "Tvåa"):
        answer = await network.http.post(
            "/directory/v1/corrections",
            json={"person_id": me, "field": "title", "value": value},
            headers=network.tokens["spv"],
        )
        assert answer.status_code == 201, answer.text
    row = await eventually(lambda: network.db.coordinator_mails.find_one({"_id": "csn"}))
    due = row["due_at"]
    assert due == next_morning(datetime.now(UTC))
    planned = await network.db.due.find_one({"_id": "coordinator-mail/csn"})
    assert (planned["kind"], planned["next"]) == ("coordinator mail", due)

    async def tell(tx: Transaction) -> None:
        await coordinating.tell(tx, "csn", due)

    mongo = network.running.mongo
    await mongo.transact(tell)
    await mongo.transact(tell)
    [request] = await eventually(lambda: told(settings))
    assert request.person_id == boss
    assert {name: request.data[name] for name in ("corrections", "words", "held")} == {
        "corrections": 2,
        "words": 2,
        "held": 0,
    }
    assert await network.db.coordinator_mails.find_one({"_id": "csn"}) is None, "until something new comes"


async def test_nothing_is_mailed_where_nothing_waits_any_more(
    network: Network, settings: ServiceSettings
) -> None:
    [boss] = await network.hire("csn", staff("boss"))
    await network.coordinate("csn", boss)
    now = datetime.now(UTC)
    mongo = network.running.mongo
    await mongo.transact(lambda tx: store.plan(tx, "csn", now))
    await mongo.transact(lambda tx: coordinating.tell(tx, "csn", now + timedelta(seconds=1)))
    assert await told(settings) == []
