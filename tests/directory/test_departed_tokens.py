"""A token outlives its person by a while; it opens nothing once the service has heard (issue 25, 1.10)."""

from datetime import UTC, datetime
from typing import Any

from services.events.app import SPEC as EVENTS
from shared import auth
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.directory.network import Network, staff
from tests.harness import (
    SIGNING_KEY,
    a_person,
    an_agency,
    eventually,
    publish,
    publish_agencies,
    running,
    system,
)


def fresh(person: str, agency: str, seconds: int) -> dict[str, str]:
    """One that no service has remembered."""
    return system(auth.person_token(SIGNING_KEY, person, agency, datetime.now(UTC), seconds))


async def test_the_directory_refuses_those_who_are_erased_or_have_left_or_work_elsewhere(
    network: Network,
) -> None:
    gone, erased, here = await network.hire("csn", staff("a"), staff("b"), staff("c"))

    async def reads(person: str, agency: str, seconds: int) -> int:
        return (await network.get("/people", fresh(person, agency, seconds))).status_code

    assert [await reads(each, "csn", 600) for each in (gone, erased, here)] == [200] * 3
    await network.hire("csn", staff("a", status="left"))
    answer = await network.http.post(
        f"/directory/v1/people/{erased}/erasure", json={"dry_run": False}, headers=network.admin
    )
    assert answer.status_code == 200, answer.text
    assert [await reads(each, "csn", 601) for each in (gone, erased, here)] == [401, 401, 200]
    assert await reads(here, "spv", 602) == 401, "nobody is at two agencies by one token"
    await network.hire("csn", staff("c", protected=True))
    assert await reads(here, "csn", 603) == 200, "the directory still knows those whom nobody may see"


async def test_another_service_refuses_them_as_soon_as_it_has_heard(settings: ServiceSettings) -> None:
    left, erased, stays = (a_person("csn", name) for name in ("left", "erased", "stays"))
    await publish_agencies(settings, an_agency("csn"))
    await publish(settings, DIRECTORY_PEOPLE, left, erased, stays)
    async with running(EVENTS, settings) as service:

        async def reads(person: Any, seconds: int) -> int:
            headers = fresh(person.id, "csn", seconds)
            return (await service.http.get("/events/v1/meetings", headers=headers)).status_code

        await eventually(lambda: reads(stays, 600), until=lambda status: status == 200)
        assert await reads(a_person("csn", "unheard"), 600) == 200, "whom the portal knows and we do not yet"
        changed = left.model_copy(update={"status": "left", "version": 2})
        await publish(settings, DIRECTORY_PEOPLE, changed, Gone(id=erased.id, version=2))
        for number, person in enumerate((left, erased)):
            seconds = iter(range(700 + 100 * number, 800 + 100 * number))
            await eventually(
                lambda p=person, s=seconds: reads(p, next(s)), until=lambda status: status == 401
            )
        assert await reads(stays, 999) == 200
