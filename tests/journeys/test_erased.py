"""O1, D24: of somebody who is erased, and of an agency that leaves, nothing is found anywhere, by word or by id:
in every collection of every service, on every topic from its start once it is compacted, in logs and answers.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import bson
import httpx2
import pytest

from agencynet import operations
from agencynet.demo.feeds import Feeds
from agencynet.demo.network import Network
from agencynet.local import SERVICES, Local
from agencynet.people import Record
from agencynet.system import start_all
from services.directory.agencies.handlers import agencies
from shared.contracts.topics import TOPICS
from shared.contracts.types import Gone
from tests.harness import eventually, messages
from tests.journeys.planted import Places, Planted
from tests.journeys.stage import ELSEWHERE, HOME, Stage
from tests.journeys.test_protected import COMPACTED_WITHIN, a_meeting, asked_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ERASED = Planted("xyzqwemark", "070-174 06 66")
DEPARTED = Planted("xyzqwdmark", "070-174 06 77")
SEEN = Planted("xyzqwsmark", "070-174 06 88")
THIRD = "bolagsverket"
# What stays for a while by its own rule: what an agency got when it left, for thirty days, and the requests for mail
# with ids and no names, for 28 days (docs/decisions/0012, 0024). `outbox` is kept as long as Kafka may lose its end.
KEPT = {"directory.departure_files", *(f"{service}.outbox" for service in SERVICES)}


@dataclass(frozen=True)
class Ids(Planted):
    """Somebody's own ids in place of their words."""

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(self.stem.encode())


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    local = Local(tmp_path_factory.mktemp("local"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AGENCYNET_ERASED_AGAIN_SECONDS", "5")
        system = await start_all(local, ports="free", progress=lambda _: None)
    network = Network(local, system.running)
    try:
        feeds = Feeds(network)
        boss, colleague = (
            SEEN.record(HOME, name, roles=["controller"], phone="") for name in ("boss", "colleague")
        )
        peer = SEEN.record(ELSEWHERE, "peer", phone="")
        stage = Stage(system, network, feeds, boss, peer, colleague)
        await feeds.publish(HOME, [boss, colleague])
        await feeds.publish(ELSEWHERE, [peer])
        await stage.known(boss, colleague, peer)
        async with operations.database(operations.settings(local), "directory") as mongo:
            for slug, person in ((HOME, boss), (ELSEWHERE, peer)):

                async def work(tx: Any, slug: str = slug, person: Record = person) -> None:
                    agency = await agencies.load_agency(tx, slug)
                    await agencies.change_agency(tx, agency, {"coordinators": [person.id]})

                await mongo.transact(work)
        yield stage
    finally:
        await network.close()
        await system.stop()


async def a_life(stage: Stage, person: Record, planted: Planted) -> dict[str, str]:
    """Everything that somebody can take part in, and their name in what somebody else writes."""
    send, peer, v1 = stage.send, stage.peer, "/directory/v1"
    name = f"{person.given_name} {person.family_name}"
    await send(person, "PATCH", f"{v1}/people/{person.id}", {"ask_me_about": [planted.words[5]]})
    group = await send(person, "POST", f"{v1}/groups", {"name": "Inköparna"})
    await send(peer, "PUT", f"{v1}/groups/{group['id']}/members/{peer.id}")
    await send(person, "POST", f"{v1}/groups/{group['id']}/decisions", {"text": "Vi ses."})
    question = {"title": "Hur gör ni?", "text": f"Vi på {name}s enhet undrar.", "roles": ["upphandlare"]}
    ours = await send(person, "POST", f"{v1}/questions", question)
    await send(peer, "POST", f"{v1}/questions/{ours['id']}/answers", {"text": f"Tack {name}, så här."})
    theirs = await send(peer, "POST", f"{v1}/questions", {**question, "text": f"Fråga {name}."})
    answer = await send(person, "POST", f"{v1}/questions/{theirs['id']}/answers", {"text": "Så."})
    await send(peer, "POST", f"{v1}/answers/{answer['id']}/accept", {})
    await send(peer, "POST", f"{v1}/practices", {"from_answer_id": answer["id"], "topic": "resor"})
    await send(person, "POST", f"{v1}/practices", {"title": "A", "topic": "resor", "text": f"Av {name}"})
    said = {"person_id": person.id, "field": "title", "value": planted.words[2], "comment": name}
    await send(peer, "POST", f"{v1}/corrections", said)
    await send(person, "POST", f"{v1}/corrections", {"person_id": peer.id, "field": "title", "value": "Chef"})
    mine = await send(person, "POST", "/events/v1/meetings", a_meeting(person))
    await send(person, "POST", f"/events/v1/meetings/{mine['id']}/invitations")
    other = await send(peer, "POST", "/events/v1/meetings", a_meeting(peer, title=f"Avtackning av {name}"))
    await send(peer, "POST", f"/events/v1/meetings/{other['id']}/invitations")
    path = f"/events/v1/meetings/{other['id']}/participants/{person.id}/answer"
    await eventually(
        lambda: stage.network.call("PUT", path, stage.network.person(person), body={"answer": "accepted"}),
        until=lambda answer: answer.status == 200,
    )
    await send(person, "POST", "/events/v1/calendars")
    office = stage.network.system(ELSEWHERE)
    course = (
        await stage.network.send(
            "POST", "/courses/v1/courses", office, {"title": "Kurs", "title_en": "Course"}
        )
    ).body
    dates = {"course_id": course["id"], "days": ["2027-11-01"], "seats": 9}
    given = (await stage.network.send("POST", "/courses/v1/occasions", office, dates)).body
    await send(person, "POST", f"/courses/v1/occasions/{given['id']}/enrolments", {"person_id": person.id})
    kinds = {"kinds": {"courses.recommended": "never"}}
    await send(person, "PUT", f"/notify/v1/preferences/{person.id}", kinds)
    await stage.quiet()
    return {"meeting": mine["id"], "other": other["id"]}


async def found(stage: Stage, words: Planted, ids: Planted, marker: str) -> list[str]:
    """What is left in every database. Of the directory's rows the erased's own marker is the one with their id."""
    left = await stage.places(words).databases(KEPT)
    marked = {"directory.people", *KEPT}
    left += await stage.places(ids).databases(marked)
    async with operations.database(operations.settings(stage.system.local), "directory") as mongo:
        rows = await mongo.db.people.find({"_id": {"$ne": marker}}).to_list(None)
    return left + [f"directory.people: {row['_id']}" for row in rows if ids.found_in(bson.encode(row))]


async def on_topics(places: Places) -> list[str]:
    """But for what runs out by its own time: an agency's own feed, and texts that requests for mail quote."""
    told = await asyncio.to_thread(places.topics)
    return [each for each in told if not each.startswith(("notify.requests-", f"staff.{THIRD}-"))]


async def states_naming(stage: Stage, id_: str) -> list[str]:
    """States on Kafka that name an id, but for the word that it is erased: superseded ones, too."""
    settings = operations.settings(stage.system.local)
    return [
        f"{topic.name}: {message.data}"
        for topic in TOPICS.values()
        if topic.kind == "state"
        for message in await messages(settings, topic)
        if not isinstance(message.data, Gone) and id_ in message.data.model_dump_json()
    ]


async def test_nothing_of_the_erased_is_found_anywhere(stage: Stage) -> None:
    person = ERASED.record(HOME, "erased")
    await stage.feeds.publish(HOME, [person])
    await stage.known(person)
    async with httpx2.AsyncClient(timeout=30) as browser:
        await stage.signed_in(browser, person)
        await a_life(stage, person, ERASED)
        ids = Ids(person.id, "0")
        assert len({each.split(".")[0] for each in await found(stage, ERASED, ids, person.id)}) == len(
            SERVICES
        )
        path = f"/directory/v1/people/{person.id}/erasure"
        asked = await stage.send(stage.boss, "POST", path, {"dry_run": False})
        receipt = f"/directory/v1/privacy-requests/{asked['request']['id']}"
        done = await eventually(
            lambda: stage.network.get(receipt, stage.network.person(stage.boss)),
            until=lambda found: found["state"] == "done",
            within=60,
        )
        assert all(each["answered_at"] for each in done["services"])
        await stage.quiet()
        await eventually(
            lambda: found(stage, ERASED, ids, person.id), until=lambda left: not left, within=120
        )
        assert (await browser.get(f"{stage.system.urls['portal']}/me")).status_code == 303
    places = stage.places(ERASED)
    assert places.logs() == []
    assert await places.answers(stage.readers, asked_of(person)) == []
    await eventually(lambda: on_topics(places), until=lambda left: not left, within=COMPACTED_WITHIN)

    await eventually(lambda: states_naming(stage, person.id), until=lambda left: not left, within=240)


async def test_nothing_of_an_agency_that_left_is_found_anywhere(stage: Stage) -> None:
    person = DEPARTED.record(THIRD, "departed")
    await stage.feeds.publish(THIRD, [person])
    await stage.known(person)
    made = await a_life(stage, person, DEPARTED)
    admin = stage.network.system(THIRD)
    await stage.network.call(
        "PUT", f"/directory/v1/role-mappings/{THIRD}/{DEPARTED.words[0]}", admin, body={"code": "upphandlare"}
    )
    rows = f"Anstnr;Förnamn;Efternamn;E-post\n{DEPARTED.stem};{DEPARTED.stem};X;hemma\n"
    await stage.network.http.post(
        f"{stage.system.urls['directory']}/directory/v1/imports",
        files={"file": (f"{DEPARTED.stem}.csv", rows.encode(), "text/csv")},
        headers={"Authorization": f"Bearer {admin}"},
    )
    settings = operations.settings(stage.system.local)
    archive = stage.system.local.folder / "archive.zip"
    job = await operations.leave(settings, THIRD, archive, lambda _: True, patience=180)
    assert job["state"] == "gone"
    await stage.quiet()
    ids = Ids(person.id, "0")

    async def left() -> list[str]:
        """The audit keeps what its administrator did: here which word they mapped to which role."""
        everything = await found(stage, DEPARTED, ids, person.id)
        return [
            each for each in everything if not (each.startswith("directory.audit") and "\x02word" in each)
        ]

    await eventually(left, until=lambda left: not left, within=120)
    places = stage.places(DEPARTED)
    assert places.logs() == []
    meeting = await stage.network.get(
        f"/events/v1/meetings/{made['meeting']}", stage.network.person(stage.peer)
    )
    assert (meeting["convenor_agency"], meeting["convenor_id"]) == (ELSEWHERE, stage.peer.id)
    mails = json.dumps(await places.mails())
    assert DEPARTED.stem in mails, "what was sent before is in people's own mailboxes"
    await eventually(lambda: on_topics(places), until=lambda left: not left, within=COMPACTED_WITHIN)
