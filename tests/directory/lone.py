"""Who is alone in their role: what has been settled, raised and asked to be mailed."""

from collections.abc import Callable
from datetime import UTC, datetime

from services.directory.peers.store import lone as store
from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.directory.network import Network
from tests.harness import eventually, messages

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


async def cards(network: Network) -> set[str]:
    """Open cards as `employee/role`."""
    found = await network.db.lone_cards.find({"retired_at": None}).to_list(None)
    people = {card["person_id"]: (await network.person(card["person_id"]))["employee_id"] for card in found}
    return {f"{people[card['person_id']]}/{card['role']}" for card in found}


async def requests(settings: ServiceSettings) -> list[Request]:
    return [message.data for message in await messages(settings, NOTIFY_REQUESTS)]


def are(*expected: str) -> Callable[[set[str]], bool]:
    return lambda found: found == set(expected)


async def settled(network: Network) -> None:
    await eventually(
        lambda: network.db.lone_reviews.find_one({"_id": {"$gt": None}}, hint="_id_"),
        until=lambda found: found is None,
    )


async def known(network: Network, *slugs: str) -> None:
    """As if the first load were long over."""
    for slug in slugs or ("bolagsverket", "csn", "spv"):
        await network.running.mongo.transact(lambda tx, slug=slug: store.note_settled(tx, slug, NOW))
