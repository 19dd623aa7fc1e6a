"""An agency hears that its addresses stand in another's records, gathered in one mail (issue 25, 1.6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.topics import NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.directory.network import Network, staff
from tests.harness import eventually, messages


async def told(settings: ServiceSettings, count: int) -> list[Any]:
    async def look() -> list[Any]:
        kind = "directory.addresses_claimed"
        return [each.data for each in await messages(settings, NOTIFY_REQUESTS) if each.data.kind == kind]

    return await eventually(look, until=lambda found: len(found) >= count)


def later(network: Network, minutes: int) -> None:
    network.running.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)


async def test_both_agencies_hear_of_claimed_addresses_once_for_all(
    network: Network, settings: ServiceSettings
) -> None:
    [csn] = await network.hire("csn", staff("boss", email="boss@csn.example"))
    [spv] = await network.hire("spv", staff("boss", email="boss@spv.example"))
    await network.coordinate("csn", csn)
    await network.coordinate("spv", spv)
    claimed = [staff(f"c{n}", email=f"p{n}@CSN.example") for n in range(3)]
    await network.hire("spv", claimed[0])
    await network.hire("spv", *claimed[1:], staff("own", email="own@kansli.spv.example"))
    await network.hire("spv", staff("hidden", email="x@csn.example", protected=True))
    await network.hire("spv", staff("private", email="x@privat.example"))
    assert not await network.db.address_claims.find_one({"_id": "bolagsverket"})
    later(network, 16)
    mails = {one.person_id: one.data for one in await told(settings, 2)}
    assert mails.keys() == {csn, spv}
    claim = {"agency": "spv", "domain": "csn", "people": 3}
    assert (mails[csn]["claimed_from_us"], mails[csn]["claimed_by_us"]) == ([claim], [])
    assert (mails[spv]["claimed_from_us"], mails[spv]["claimed_by_us"]) == ([], [claim])
    assert not await network.db.address_claims.find({"_id": {"$gt": ""}}).to_list(None)


async def test_what_is_put_right_in_time_is_told_to_nobody(
    network: Network, settings: ServiceSettings
) -> None:
    [csn] = await network.hire("csn", staff("boss", email="boss@csn.example"))
    await network.coordinate("csn", csn)
    await network.hire("spv", staff("c", email="p@csn.example"))
    await network.hire("spv", staff("c", email="p@spv.example"))
    await network.hire("spv", staff("d", email="q@csn.example"))
    await network.hire("spv", staff("d", email="q@csn.example", title="Jurist"))
    later(network, 16)
    [mail] = await told(settings, 1)
    assert mail.data["claimed_from_us"] == [{"agency": "spv", "domain": "csn", "people": 1}]
