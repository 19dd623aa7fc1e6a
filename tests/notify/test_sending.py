"""Mails over a mail server that misbehaves: none lost, none twice but where nobody can know."""

import asyncio

import pytest
from pymongo import monitoring

from shared.contracts.notify import Request
from shared.contracts.topics import NOTIFY_DELIVERIES
from shared.settings import ServiceSettings
from tests.faults.smtp_server import Drop, MailServer, Stall
from tests.harness import Running, a_person, eventually, latest
from tests.notify.office import ask, becomes, open_office, row, something


class Writes(monitoring.CommandListener):
    """The states that each write of marks sets."""

    def __init__(self) -> None:
        self.marks: list[list[str]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command.get("update") == "notifications":
            changes = (update["u"] for update in event.command["updates"])
            self.marks.append([change.get("$set", {}).get("state", "") for change in changes])

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


async def test_a_mail_is_sent_and_the_outcome_announced(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person(given_name="Anna", family_name="Ek")
    async with open_office(settings, server, anna) as office:
        request = something(anna)
        await ask(settings, request)
        sent = await becomes(office, request, "sent")
        announced = await eventually(
            lambda: latest(settings, NOTIFY_DELIVERIES),
            until=lambda found: request.id in found and found[request.id].state == "sent",
        )
        assert announced[request.id].version == sent["version"]
        assert "mime" not in sent
    [mail] = server.received
    assert mail.recipient == anna.email
    assert mail.message_id == f"<{request.id}@agencynet.example>" == sent["message_id"]
    assert mail.mail["X-Agencynet-Correlation"] == sent["correlation"]


@pytest.mark.parametrize(
    ("verb", "action", "reason"),
    [
        ("MAIL", "421 4.3.2 closing", "421 4.3.2"),
        ("MAIL", "451 4.3.0 later", "451 4.3.0"),
        ("RCPT", "450 4.2.1 greylisted", "450 4.2.1"),
        ("RCPT", "452 4.2.2 mailbox full", "452 4.2.2"),
        ("DATA", "451 4.3.0 not now", "451 4.3.0"),
        ("DOT", "452 4.3.1 disk full", "452 4.3.1"),
        ("EHLO", "421 4.3.2 too many", ""),
        ("MAIL", Drop(), "connection lost"),
        ("RCPT", Drop(), "connection lost"),
        ("DATA", Drop(), "connection lost"),
        ("DATA", Drop(after="354 go ahead"), "connection lost"),
        ("RCPT", Stall(), "connection lost"),
    ],
)
async def test_what_was_not_taken_is_sent_later_once(
    settings: ServiceSettings, server: MailServer, verb: str, action: object, reason: str
) -> None:
    anna = a_person()
    server.on(verb, action)  # pyright: ignore[reportArgumentType]
    async with open_office(settings, server, anna, smtp_timeout=0.5) as office:
        request = something(anna)
        await ask(settings, request)
        sent = await becomes(office, request, "sent")
        assert sent["doubts"] == 0
        assert sent["attempts"] == (2 if reason else 1)
    assert len(server.received) == 1
    assert server.connections >= 2, "a connection is dropped after an error"


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DOT"])
async def test_what_is_refused_for_good_is_never_tried_again(
    settings: ServiceSettings, server: MailServer, verb: str
) -> None:
    anna, bo = a_person(), a_person()
    server.on(verb, "550 5.1.1 <anna@bolagsverket.example> is unknown here")
    async with open_office(settings, server, anna, bo, senders=1) as office:
        first, second = something(anna), something(bo)
        await ask(settings, first)
        failed = await becomes(office, first, "failed", reason="550 5.1.1")
        await ask(settings, second)
        await becomes(office, second, "sent")
        assert failed["attempts"] == 1
        assert "due_at" not in failed
    assert [mail.recipient for mail in server.received] == [bo.email]


@pytest.mark.parametrize("action", [Drop(keep=True), Stall()])
async def test_in_doubt_after_the_last_byte_is_sent_once_more_under_the_same_message_id(
    settings: ServiceSettings, server: MailServer, action: object
) -> None:
    anna = a_person()
    server.on("DOT", action)  # pyright: ignore[reportArgumentType]
    async with open_office(settings, server, anna, smtp_timeout=0.5) as office:
        request = something(anna)
        await ask(settings, request)
        await becomes(office, request, "sent")
    assert len(server.received) == 2
    assert server.received[0].content == server.received[1].content


async def test_a_second_doubt_waits_for_a_person_to_decide(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo = a_person(), a_person()
    server.on("DOT", Drop(keep=True), Drop(keep=True))
    async with open_office(settings, server, anna, bo, senders=1) as office:
        request, after = something(anna), something(bo)
        await ask(settings, request)
        await becomes(office, request, "in_doubt", reason="outcome_unknown", doubts=2, attempts=2)
        await eventually(
            lambda: latest(settings, NOTIFY_DELIVERIES),
            until=lambda found: found[request.id].state == "in_doubt",
        )
        await ask(settings, after)
        await becomes(office, after, "sent")
        assert "due_at" not in await row(office, request)
    assert len(server.to(anna.email or "")) == 2


async def test_the_row_is_in_doubt_before_the_server_sees_the_mail(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    seen: list[dict[str, object]] = []
    async with open_office(settings, server, anna) as office:
        request = something(anna)

        async def look() -> None:
            seen.append(await row(office, request))

        server.on("RCPT", look)
        server.on("DATA", look)
        await ask(settings, request)
        await becomes(office, request, "sent")
    assert [found["state"] for found in seen] == ["sending", "in_doubt"]
    assert seen[1]["mime"], "frozen before the first try"


async def test_senders_that_are_at_work_together_leave_their_marks_together(
    settings: ServiceSettings, server: MailServer
) -> None:
    people = [a_person() for _ in range(60)]
    writes = Writes()
    monitoring.register(writes)
    async with open_office(settings, server, *people, senders=4) as office:
        requests = [something(person) for person in people]
        await ask(settings, *requests)
        for request in requests:
            await becomes(office, request, "sent")
    in_doubt = [marks for marks in writes.marks if "in_doubt" in marks]
    assert sum(marks.count("in_doubt") for marks in in_doubt) == len(people)
    assert len(in_doubt) <= len(people) // 3


async def test_a_mail_is_given_up_when_its_schedule_is_used_up(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.always["RCPT"] = "452 4.2.2 mailbox full"
    async with open_office(settings, server, anna, retry_unit_seconds=0.0001) as office:
        request = something(anna)
        await ask(settings, request)
        failed = await becomes(office, request, "failed", reason="gave_up")
        assert failed["attempts"] == 7
    assert not server.received


async def test_one_bad_address_holds_nobody_up(settings: ServiceSettings, server: MailServer) -> None:
    people = [a_person() for _ in range(20)]
    server.refused[people[3].email or ""] = "550 5.1.1 unknown"
    server.refused[people[4].email or ""] = "450 4.2.1 later"
    async with open_office(settings, server, *people, retry_unit_seconds=60) as office:
        requests = [something(person) for person in people]
        await ask(settings, *requests)
        for position, request in enumerate(requests):
            await becomes(office, request, {3: "failed", 4: "deferred"}.get(position, "sent"))
    assert sorted(mail.recipient for mail in server.received) == sorted(
        person.email or "" for position, person in enumerate(people) if position not in {3, 4}
    )


async def test_readiness_turns_red_while_there_is_mail_and_no_mail_server(settings: ServiceSettings) -> None:
    anna = a_person()
    nowhere = "127.0.0.1:9"
    async with open_office(settings, nowhere, anna) as office:
        assert (await office.http.get("/readyz")).status_code == 200
        request = something(anna)
        await ask(settings, request)
        answer = await eventually(lambda: office.http.get("/readyz"), until=lambda a: a.status_code == 503)
        assert "mail" in answer.json()["problems"]
        found = await row(office, request)
        assert found["attempts"] == 0, "nobody has tried this mail"


async def test_mail_flows_again_when_the_mail_server_is_back(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.always["EHLO"] = "421 4.3.2 down"
    async with open_office(settings, server, anna) as office:
        request = something(anna)
        await ask(settings, request)
        await eventually(lambda: office.http.get("/readyz"), until=lambda a: a.status_code == 503)
        del server.always["EHLO"]
        await becomes(office, request, "sent")
        await eventually(lambda: office.http.get("/readyz"), until=lambda a: a.status_code == 200)
    assert len(server.received) == 1


async def test_a_queue_that_was_given_back_is_taken_up_again(
    settings: ServiceSettings, server: MailServer
) -> None:
    """More mails than are claimed ahead, and a server that breaks off again and again while they wait."""
    people = [a_person() for _ in range(60)]
    server.on("MAIL", *["421 4.3.2 shutting down"] * 12)
    async with open_office(settings, server, *people) as office:
        requests = [something(person) for person in people]
        await ask(settings, *requests)
        await eventually(lambda: _sent(office, requests), until=lambda sent: sent == 60, within=60)
    assert len(server.received) == 60


async def _sent(office: Running, requests: list[Request]) -> int:
    ids = [request.id for request in requests]
    return await office.mongo.db.notifications.count_documents({"_id": {"$in": ids}, "state": "sent"})


async def test_the_rate_of_a_domain_holds_for_all_processes(
    settings: ServiceSettings, server: MailServer
) -> None:
    slow = [a_person("csn") for _ in range(12)]
    other = a_person("spv")
    rates = {"per_domain_second": 4, "burst_seconds": 1}
    async with (
        open_office(settings, server, *slow, other, **rates),
        open_office(settings, server, **rates) as office,
    ):
        requests = [something(person) for person in (*slow, other)]
        began = asyncio.get_running_loop().time()
        await ask(settings, *requests)
        await becomes(office, requests[-1], "sent")
        for request in requests:
            await becomes(office, request, "sent")
        took = asyncio.get_running_loop().time() - began
    # Four at once, then four a second.
    assert took > 1.5
    assert len(server.received) == 13


async def test_two_processes_send_each_mail_once(settings: ServiceSettings, server: MailServer) -> None:
    people = [a_person() for _ in range(60)]
    async with open_office(settings, server, *people) as office, open_office(settings, server):
        requests = [something(person) for person in people]
        await ask(settings, *requests)
        for request in requests:
            await becomes(office, request, "sent")
    assert len(server.received) == len({mail.message_id for mail in server.received}) == 60


async def test_a_stop_lets_the_mail_under_way_come_to_its_end(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        arrived.set()
        await go_on.wait()

    server.on("DOT", hold)
    async with open_office(settings, server, anna) as office:
        request = something(anna)
        await ask(settings, request)
        await asyncio.wait_for(arrived.wait(), 10)
        asyncio.get_running_loop().call_later(0.5, go_on.set)
    async with open_office(settings, server) as office:
        await becomes(office, request, "sent")
    assert len(server.received) == 1


async def test_a_database_that_is_slow_to_take_the_mark_leaves_no_mail_in_doubt(
    settings: ServiceSettings, server: MailServer
) -> None:
    """The mark comes later than half the lease, so DATA never begins; that is no doubt, however often."""
    anna = a_person()
    request = something(anna)
    async with open_office(settings, server, anna, lease_seconds=0.001) as office:
        await ask(settings, request)
        await eventually(
            lambda: row(office, request), until=lambda found: found and found.get("version", 0) > 20
        )
        assert (await row(office, request))["doubts"] <= 1
    assert not server.received
    async with open_office(settings, server) as office:
        await becomes(office, request, "sent")
    assert len(server.received) == 1


async def test_what_waits_behind_senders_that_all_hang_is_sent_by_another_process(
    settings: ServiceSettings, server: MailServer
) -> None:
    people = [a_person() for _ in range(20)]
    goes_on = asyncio.Event()

    async def hang() -> None:
        await goes_on.wait()

    server.on("RCPT", hang, hang)
    async with open_office(settings, server, *people, senders=2, smtp_timeout=30) as office:
        first, behind = ([something(person) for person in some] for some in (people[:2], people[2:]))
        await ask(settings, *first)
        for request in first:
            await becomes(office, request, "sending")
        await ask(settings, *behind)
        for request in behind:
            await becomes(office, request, "sending")
        async with open_office(settings, server, senders=2):
            await eventually(lambda: _sent(office, behind), until=lambda sent: sent == 18, within=5)
            assert await _sent(office, first) == 0
            goes_on.set()
            await eventually(lambda: _sent(office, first), until=lambda sent: sent == 2)
    assert len(server.received) == 20
