"""The whole system in processes of its own: the story happens, also while services are killed in the middle."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import pytest

from agencynet import operations
from agencynet.commands.sign_in import guests
from agencynet.demo import play
from agencynet.demo.story import STEPS
from agencynet.local import Local
from agencynet.system import System, start_all
from shared.mongo import Document
from tests.harness import eventually
from tests.journeys.killing import Eventful, Killer
from tests.journeys.mails import received

pytestmark = [pytest.mark.ci, pytest.mark.timeout(240)]
SENDERS = 4
# The seconds are such that each is hit while it has this step's work to do.
PLAN = {
    1: [("directory", 2.5), ("events", 4.0)],
    3: [("notify", 0.3)],
    4: [("events", 0.3)],
    5: [("courses", 0.4), ("directory", 0.8)],
    6: [("courses", 0.2)],
    7: [("events", 0.1), ("notify", 0.6)],
}


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    with pytest.MonkeyPatch.context() as environment:
        # What a crash leaves behind is settled in seconds, not in a minute.
        environment.setenv("AGENCYNET_SESSION_SECONDS", "6")
        environment.setenv("AGENCYNET_NOTIFY_DOUBT_SECONDS", "3")
        environment.setenv("AGENCYNET_NOTIFY_LEASE_SECONDS", "3")
        local = Local(tmp_path_factory.mktemp("local"))
        system = await start_all(local, ports="free", progress=lambda _: None)
        yield system
        await system.stop()


async def notifications(system: System) -> list[Document]:
    async with operations.database(operations.settings(system.local), "notify") as mongo:
        wanted = {"state": 1, "message_id": 1, "reason": 1}
        return await mongo.db.notifications.find({}, wanted).to_list(None)


async def test_the_story_happens_although_every_service_is_killed_in_the_middle(system: System) -> None:
    killer = Killer(system)
    report = Eventful(killer, PLAN)
    await play(system.local, system.running, report)
    await killer.done()
    assert Counter(killer.kills) == Counter(service for step in PLAN.values() for service, _ in step)
    assert f"All {len(STEPS)} steps happened" in report.text.getvalue()

    rows = await eventually(
        lambda: notifications(system),
        within=60,
        until=lambda found: {one["state"] for one in found} <= {"sent", "suppressed"},
    )
    sent = {row["message_id"] for row in rows if row["state"] == "sent"}
    mails = await received(system)
    assert {mail["message_id"] for mail in mails} == sent, "what notify calls sent is what has come"

    told = defaultdict(set)
    for mail in mails:
        told[mail["to"], mail["headers"]["List-Id"], mail["text"], mail["calendar"]].add(mail["message_id"])
    assert [key[:2] for key, ids in told.items() if len(ids) > 1] == [], "nobody is told the same thing twice"
    again = sum(count - 1 for count in Counter(mail["message_id"] for mail in mails).values())
    assert again <= killer.kills.count("notify") * SENDERS, "only what was under way may come once more"


@pytest.mark.slow
async def test_a_second_story_uses_new_people_beside_the_old(system: System) -> None:
    first, report = Eventful(Killer(system), {}), Eventful(Killer(system), {})
    before = await play(system.local, system.running, first)
    scene = await play(system.local, system.running, report)
    assert scene.cast.run == before.cast.run + 1
    assert "who were alone in their role in an earlier run have left" in report.text.getvalue()
    found = {guest.role: guest for guest in await guests(system)}
    assert list(found) == [
        "A member",
        "The only one in a role at the agency",
        "A coordinator",
        "Of the steering committee",
    ]
    assert len({guest.address for guest in found.values()}) == 4
    assert found["A coordinator"].agency == scene.names["bolagsverket"]
    assert all(guest.link.startswith(system.urls["portal"]) for guest in found.values())
