"""D20: of people with protected identity others learn nothing anywhere, whichever door their record came in by;
and of those who become protected later nothing is left within ten seconds.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import httpx2
import pytest

from agencynet import operations
from agencynet.demo.feeds import Feeds
from agencynet.demo.network import Network
from agencynet.local import Local
from agencynet.people import Record
from agencynet.system import start_all
from services.directory.agencies.handlers import agencies
from tests.harness import eventually
from tests.journeys.mails import received
from tests.journeys.planted import Planted
from tests.journeys.stage import ELSEWHERE, HOME, Stage

pytestmark = [pytest.mark.ci, pytest.mark.timeout(420)]
MAILBOX = "inkop@csn.example"
CLEARED_WITHIN = 10
COMPACTED_WITHIN = 150
ALWAYS = Planted("zyxqvomark", "070-174 06 33")
LATER = Planted("wyzqvumark", "070-174 06 44")
SEEN = Planted("vyxqvymark", "070-174 06 55")


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    local = Local(tmp_path_factory.mktemp("local"))
    system = await start_all(local, ports="free", progress=lambda _: None)
    network = Network(local, system.running)
    try:
        feeds = Feeds(network)
        boss, colleague = (
            SEEN.record(HOME, name, roles=["controller"], location="Sundsvall", specialties=[], phone="")
            for name in ("boss", "colleague")
        )
        peer = SEEN.record(ELSEWHERE, "peer", location="Sundsvall", phone="")
        stage = Stage(system, network, feeds, boss, peer, colleague)
        await feeds.publish(HOME, [boss, colleague])
        await feeds.publish(ELSEWHERE, [peer])
        await stage.known(boss, colleague, peer)
        async with operations.database(operations.settings(local), "directory") as mongo:
            for slug, fields in (
                (HOME, {"coordinators": [boss.id], "role_mailboxes": {"upphandlare": MAILBOX}}),
                (ELSEWHERE, {"coordinators": [peer.id], "steering": [peer.id]}),
            ):

                async def work(tx: Any, slug: str = slug, fields: Any = fields) -> None:
                    await agencies.change_agency(tx, await agencies.load_agency(tx, slug), fields)

                await mongo.transact(work)
        yield stage
    finally:
        await network.close()
        await system.stop()


def asked_of(*people: Record, **more: Sequence[str]) -> dict[str, Sequence[str]]:
    """What can be asked about them."""
    return {
        "person_id": [each.id for each in people],
        "person": [each.id for each in people],
        "agency": [HOME],
        "slug": [HOME],
        "role": ["upphandlare"],
        "q": ["upphandlare", "ramavtal"],
        **more,
    }


async def through_every_door(stage: Stage) -> list[Record]:
    """Somebody protected by Kafka, by HTTP, by SCIM and in a file; and somebody whose record is faulty."""
    people = [ALWAYS.record(HOME, door, protected=True) for door in ("kafka", "http", "scim", "file")]
    kafka, http, scim, file = people
    faulty = ALWAYS.record(HOME, "faulty", protected=True, email=f"{ALWAYS.stem} at home")
    await stage.feeds.publish(HOME, [kafka, faulty])
    token = stage.network.system(HOME)
    sent = await stage.network.send(
        "POST", "/directory/v1/staff-records", token, {"records": [http.data(), faulty.data()]}
    )
    assert [each["result"] for each in sent.body["results"]] == ["applied", "refused"]
    base, headers = stage.system.urls["directory"], {"Authorization": f"Bearer {token}"}
    user = {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:agencynet:2.0:User",
        ],
        "userName": scim.email,
        "externalId": scim.employee_id,
        "active": True,
        "name": {"givenName": scim.given_name, "familyName": scim.family_name},
        "title": scim.title,
        "phoneNumbers": [{"type": "work", "value": scim.phone}],
        "urn:ietf:params:scim:schemas:extension:agencynet:2.0:User": {"protected": True},
    }
    answer = await stage.network.http.post(f"{base}/scim/v2/Users", json=user, headers=headers)
    assert answer.status_code == 201, answer.text
    rows = [
        "Anst.nr;Förnamn;Efternamn;E-post;Telefon;Titel;Ort;Skyddad",
        *(
            f"{one.employee_id};{one.given_name};{one.family_name};{one.email};{one.phone};{one.title};;ja"
            for one in (file, faulty)
        ),
    ]
    answer = await stage.network.http.post(
        f"{base}/directory/v1/imports",
        files={"file": (f"{ALWAYS.stem}.csv", "\r\n".join(rows).encode(), "text/csv")},
        data={"dry_run": "false"},
        headers=headers,
    )
    assert answer.status_code == 202, answer.text
    path = f"/directory/v1/imports/{answer.json()['id']}"
    done = await eventually(
        lambda: stage.network.get(path, token), until=lambda job: job["state"] in {"done", "refused"}
    )
    assert (done["counts"]["applied"], done["counts"]["refused"]) == (1, 1), done
    for person in people:
        seen = await eventually(
            lambda id_=person.id: stage.network.call("GET", f"/directory/v1/people/{id_}", token),
            until=lambda answer: answer.status == 200,
        )
        assert seen.body["protected"]
    return people


async def test_nothing_of_the_protected_is_found_anywhere(stage: Stage) -> None:
    people = await through_every_door(stage)
    await they_take_part(stage, people[0])
    newcomer = SEEN.record(HOME, "newcomer", phone="")
    await stage.feeds.publish(HOME, [newcomer])
    await stage.known(newcomer)
    await stage.quiet()

    places = stage.places(ALWAYS)
    own = await places.answers({"their coordinator": stage.network.person(stage.boss)}, asked_of(*people))
    assert own, "what is looked for can be found, by those who may"
    assert await places.databases() == []
    assert places.topics() == []
    assert places.logs() == []
    assert await places.mails() == []
    assert await places.answers(stage.readers, asked_of(*people)) == []
    assert await found_by_their_words(stage, ALWAYS, people) == []
    async with httpx2.AsyncClient(timeout=30) as browser:
        await stage.signed_in(browser, stage.peer)
        assert await places.pages(browser, "another agency's coordinator", asked_of(*people)) == []


async def they_take_part(stage: Stage, person: Record) -> None:
    """As far as somebody can whom nobody may see; the others try to draw them in."""
    question = {"title": "Hur gör ni?", "text": "Vi undrar.", "roles": ["upphandlare"]}
    asked = await stage.send(person, "POST", "/directory/v1/questions", question)
    assert (asked["asker"], asked["mailbox"]) == (None, MAILBOX)
    others = await stage.send(stage.peer, "POST", "/directory/v1/questions", question)
    await stage.refused(person, "POST", f"/directory/v1/questions/{others['id']}/answers", {"text": "Så."})
    group = await stage.send(stage.peer, "POST", "/directory/v1/groups", {"name": "Inköparna"})
    await stage.network.call(
        "PUT", f"/directory/v1/groups/{group['id']}/members/{person.id}", stage.network.person(person)
    )
    correction = {"person_id": person.id, "kind": "left"}
    await stage.refused(stage.peer, "POST", "/directory/v1/corrections", correction)
    meeting = await stage.send(stage.peer, "POST", "/events/v1/meetings", a_meeting(stage.peer))
    await stage.send(stage.peer, "POST", f"/events/v1/meetings/{meeting['id']}/invitations")
    answer = {"answer": "accepted"}
    path = f"/events/v1/meetings/{meeting['id']}/participants/{person.id}/answer"
    await stage.refused(person, "PUT", path, answer)


def a_meeting(convenor: Record, **more: Any) -> dict[str, Any]:
    begins = (datetime.now(UTC) + timedelta(days=21)).replace(microsecond=0)
    return {
        "title": "Träff",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=2)).isoformat(),
        "capacity": 20,
        "audience": {"roles": ["upphandlare"]},
        "convenor_id": convenor.id,
        **more,
    }


async def found_by_their_words(stage: Stage, planted: Planted, people: Sequence[Record]) -> list[str]:
    """Whom a search for what is theirs finds: only those whom all may see are to be found."""
    hidden = {each.id for each in people}
    found: list[str] = []
    for reader, token in stage.readers.items():
        for words in (*planted.words, planted.phone, f"{planted.words[0]} {planted.words[1]}", planted.stem):
            answer = await stage.network.get("/directory/v1/people", token, q=words, limit=100)
            found += [f"{reader}: {words}" for each in answer["items"] if each["id"] in hidden]
    return found


@dataclass
class Part:
    """What somebody took part in before they became protected."""

    person: Record
    ids: dict[str, Sequence[str]]
    browser: httpx2.AsyncClient
    replayed: list[tuple[str, Any, str]]
    """Requests of the other agency's that can be sent again: path, body and Idempotency-Key."""


async def has_taken_part(stage: Stage, browser: httpx2.AsyncClient) -> Part:
    """In everything, with everybody; and mails that name them wait for a mail server."""
    person = LATER.record(HOME, "later")
    await stage.feeds.publish(HOME, [person])
    covered = SEEN.record(HOME, "covered", phone="", manager_employee_id="later", roles=["jurist"])
    await stage.feeds.publish(HOME, [covered])
    await stage.known(person, covered)
    await stage.signed_in(browser, person)
    send, peer, replayed = stage.send, stage.peer, []

    async def sent_again_later(path: str, body: Any) -> Any:
        key = f"key-{len(replayed)}"
        token = stage.network.person(peer)
        answer = await stage.network.call("POST", path, token, body=body, headers={"Idempotency-Key": key})
        assert answer.status in {200, 201}, answer
        replayed.append((path, body, key))
        return answer.body

    directory = "/directory/v1"
    about_me = {"ask_me_about": [LATER.words[5]], "visibility": {"phone": "network"}}
    await send(person, "PATCH", f"{directory}/people/{person.id}", about_me)
    day = datetime.now(UTC).date()
    away = {"since": day.isoformat(), "until": (day + timedelta(days=9)).isoformat(), "covered_by": person.id}
    await send(covered, "PATCH", f"{directory}/people/{covered.id}", {"absence": away})
    group = await send(person, "POST", f"{directory}/groups", {"name": "Inköparna"})
    await send(peer, "PUT", f"{directory}/groups/{group['id']}/members/{peer.id}")
    await send(person, "POST", f"{directory}/groups/{group['id']}/decisions", {"text": "Vi ses."})
    question = {"title": "Hur gör ni?", "text": "Vi undrar.", "roles": ["upphandlare"]}
    theirs = await send(person, "POST", f"{directory}/questions", question)
    await sent_again_later(f"{directory}/questions/{theirs['id']}/answers", {"text": "Så här."})
    ours = await send(peer, "POST", f"{directory}/questions", question)
    answer = await send(person, "POST", f"{directory}/questions/{ours['id']}/answers", {"text": "Så."})
    await sent_again_later(f"{directory}/answers/{answer['id']}/accept", {})
    practice = await sent_again_later(
        f"{directory}/practices", {"from_answer_id": answer["id"], "topic": "resor"}
    )
    kept = await send(person, "POST", f"{directory}/practices", {"title": "A", "topic": "resor", "text": "B"})
    await sent_again_later(f"{directory}/practices/{kept['id']}/adoptions", {})
    correction = {
        "person_id": person.id,
        "field": "title",
        "value": LATER.words[2] + "s",
        "comment": LATER.stem,
    }
    await send(peer, "POST", f"{directory}/corrections", correction)
    mine = await send(person, "POST", "/events/v1/meetings", a_meeting(person))
    await send(person, "POST", f"/events/v1/meetings/{mine['id']}/invitations")
    other = await send(peer, "POST", "/events/v1/meetings", a_meeting(peer))
    await send(peer, "POST", f"/events/v1/meetings/{other['id']}/invitations")
    for who, meeting in ((peer, mine), (person, other)):
        path = f"/events/v1/meetings/{meeting['id']}/participants/{who.id}/answer"
        await eventually(
            lambda path=path, who=who: stage.network.call(
                "PUT", path, stage.network.person(who), body={"answer": "accepted"}
            ),
            until=lambda answer: answer.status == 200,
        )
    calendar = await send(peer, "POST", "/events/v1/calendars")
    course = {"title": "Kurs", "title_en": "Course"}
    made = (
        await stage.network.send("POST", "/courses/v1/courses", stage.network.system(ELSEWHERE), course)
    ).body
    occasion = {"course_id": made["id"], "days": [(day + timedelta(days=40)).isoformat()], "seats": 9}
    given = (
        await stage.network.send("POST", "/courses/v1/occasions", stage.network.system(ELSEWHERE), occasion)
    ).body
    await send(person, "POST", f"/courses/v1/occasions/{given['id']}/enrolments", {"person_id": person.id})
    await stage.quiet()
    ids = {
        **asked_of(person, peer, covered),
        "group_id": [group["id"]],
        "question_id": [theirs["id"], ours["id"]],
        "practice_id": [practice["id"], kept["id"]],
        "topic": ["resor"],
        "meeting_id": [mine["id"], other["id"]],
        "secret": [calendar["path"].rsplit("/", 1)[-1]],
        "course_id": [made["id"]],
        "occasion_id": [given["id"]],
    }
    return Part(person, ids, browser, replayed)


async def test_who_becomes_protected_is_gone_from_everywhere_within_ten_seconds(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """What Kafka keeps on its disk goes a little later (docs/decisions/0018)."""
    places = stage.places(LATER)
    async with httpx2.AsyncClient(timeout=30) as theirs, httpx2.AsyncClient(timeout=30) as ours:
        part = await has_taken_part(stage, theirs)
        await stage.signed_in(ours, stage.peer)
        mail = stage.system.stack.processes["mail"]
        before = len(await received(stage.system))
        await mail.stop()
        again = {"title": "Och ni?", "text": "Vi undrar.", "roles": ["upphandlare"]}
        await stage.send(part.person, "POST", "/directory/v1/questions", again)
        meeting = await stage.send(part.person, "POST", "/events/v1/meetings", a_meeting(part.person))
        await stage.send(part.person, "POST", f"/events/v1/meetings/{meeting['id']}/invitations")
        waiting = await mails_that_wait(stage, 2)

        assert len(await places.databases()) > 3, "they are known everywhere"
        assert places.topics()
        assert await places.answers(stage.readers, part.ids)
        assert await places.pages(ours, "at another agency", part.ids)
        assert await found_by_their_words(stage, LATER, [part.person])

        await stage.feeds.publish(HOME, [part.person.changed(protected=True)])
        told = monotonic()
        await eventually(places.databases, until=lambda found: not found, within=CLEARED_WITHIN)
        took = monotonic() - told
        await asyncio.sleep(max(0, told + CLEARED_WITHIN - monotonic()))
        record_property("cleared in databases, s", round(took, 1))

        assert await places.databases() == []
        assert places.logs() == []
        assert await places.answers(stage.readers, part.ids) == []
        assert await places.pages(ours, "at another agency", part.ids) == []
        assert await found_by_their_words(stage, LATER, [part.person]) == []
        for path, body, key in part.replayed:
            token = stage.network.person(stage.peer)
            answer = await stage.network.call(
                "POST", path, token, body=body, headers={"Idempotency-Key": key}
            )
            assert not LATER.found_in(json.dumps(answer.body).encode()), path
        page = await theirs.get(f"{stage.system.urls['portal']}/me")
        assert page.status_code == 303, "they are signed out"

        mail.start()
        await eventually(lambda: settled(stage, waiting), within=120)
        assert await places.mails(but=before) == []
    left = await eventually(
        lambda: asyncio.to_thread(places.topics), until=lambda found: not found, within=COMPACTED_WITHIN
    )
    assert left == []
    record_property("compacted, s", round(monotonic() - told, 1))


async def mails_that_wait(stage: Stage, least: int) -> list[str]:
    """Rendered already, and put off by a mail server that is away."""
    async with operations.database(operations.settings(stage.system.local), "notify") as mongo:
        wanted = {"due_at": {"$exists": True}, "mime": {"$exists": True}}
        found = await eventually(
            lambda: mongo.db.notifications.find(wanted, {"_id": 1}).to_list(None),
            until=lambda rows: len(rows) >= least,
        )
    return [row["_id"] for row in found]


async def settled(stage: Stage, ids: Sequence[str]) -> bool:
    async with operations.database(operations.settings(stage.system.local), "notify") as mongo:
        rows = await mongo.db.notifications.find({"_id": {"$in": list(ids)}}, {"due_at": 1}).to_list(None)
    return not any("due_at" in row for row in rows)
