"""Whom a refusal blames: us, an address, one mail, or nobody until the next mails have been tried."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.rules.blame import Blame, Evidence, Stage, blame
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import a_person, eventually
from tests.notify.office import ask, becomes, open_office, row, something

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "code", "text", "found"),
    [
        (Stage.MAIL, 550, "5.7.1 Sender address rejected: not owned by user", Blame.US),
        (Stage.MAIL, 553, "5.1.8 sender's domain does not exist", Blame.US),
        (Stage.MAIL, 550, "5.1.1 <anna@spv.example> is unknown", Blame.US),
        (Stage.MAIL, 552, "5.3.4 too large", Blame.US),
        (Stage.RCPT, 530, "5.7.0 Must issue a STARTTLS command first", Blame.US),
        (Stage.RCPT, 535, "5.7.8 authentication failed", Blame.US),
        (Stage.RCPT, 550, "5.1.8 bad sender's system", Blame.US),
        (Stage.RCPT, 503, "5.5.1 bad sequence", Blame.US),
        (Stage.RCPT, 550, "5.1.1 unknown user", Blame.ADDRESS),
        (Stage.RCPT, 550, "5.1.10 recipient not found", Blame.ADDRESS),
        (Stage.RCPT, 556, "5.1.10 null MX", Blame.ADDRESS),
        (Stage.RCPT, 550, "5.2.1 mailbox disabled", Blame.ADDRESS),
        (Stage.RCPT, 501, "bad address syntax", Blame.ADDRESS),
        (Stage.DOT, 550, "5.1.1 unknown after all", Blame.ADDRESS),
        (Stage.RCPT, 552, "5.2.2 over quota", Blame.MESSAGE),
        (Stage.DOT, 552, "message exceeds fixed limit", Blame.MESSAGE),
        (Stage.DOT, 554, "5.6.0 malformed", Blame.MESSAGE),
        (Stage.RCPT, 550, "5.7.1 Relaying denied", Blame.UNCLEAR),
        (Stage.RCPT, 550, "No such user here", Blame.UNCLEAR),
        (Stage.RCPT, 550, "5.11.1 no code of any registry", Blame.UNCLEAR),
        (Stage.DATA, 554, "5.7.26 not authenticated", Blame.UNCLEAR),
        (Stage.DOT, 554, "Transaction failed", Blame.UNCLEAR),
    ],
)
def test_the_command_and_the_code_say_who_is_to_blame(
    stage: Stage, code: int, text: str, found: Blame
) -> None:
    assert blame(stage, code, text) is found


def test_an_unclear_refusal_is_of_the_address_once_the_server_took_another_mail() -> None:
    evidence: Evidence[str] = Evidence()
    assert evidence.judge(Blame.UNCLEAR, "a@spv.example", "a", None) is Blame.UNCLEAR
    assert evidence.judge(Blame.UNCLEAR, "a@spv.example", "a", NOW) is Blame.UNCLEAR
    evidence.took(NOW + timedelta(minutes=1))
    assert evidence.judge(Blame.UNCLEAR, "a@spv.example", "a", NOW) is Blame.ADDRESS
    later = NOW + timedelta(minutes=2)
    assert evidence.judge(Blame.UNCLEAR, "a@spv.example", "a", later) is Blame.UNCLEAR


def test_a_server_that_refuses_three_in_a_row_without_a_reason_refuses_us() -> None:
    evidence: Evidence[str] = Evidence()
    found = [evidence.judge(Blame.UNCLEAR, f"{n}@spv.example", str(n), None) for n in (1, 1, 2, 3)]
    assert found == [Blame.UNCLEAR, Blame.UNCLEAR, Blame.UNCLEAR, Blame.US]
    evidence.took(NOW)
    assert evidence.judge(Blame.UNCLEAR, "4@spv.example", "4", None) is Blame.UNCLEAR


def test_mails_blamed_on_their_addresses_are_cleared_when_the_server_refuses_everybody() -> None:
    evidence: Evidence[str] = Evidence()
    found = [evidence.judge(Blame.ADDRESS, f"{n}@spv.example", str(n), None) for n in range(21)]
    assert found == [Blame.ADDRESS] * 19 + [Blame.US] * 2
    assert evidence.wronged() == [str(n) for n in range(19)]
    assert evidence.wronged() == []


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "550 5.7.1 Sender address rejected: not owned by user"),
        ("MAIL", "550 5.1.1 <anna@bolagsverket.example> is unknown here"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("RCPT", "550 5.1.1 User unknown in local recipient table"),
        ("DOT", "554 5.7.1 Rejected by policy"),
    ],
)
async def test_no_mail_is_lost_by_a_server_that_refuses_everybody(
    settings: ServiceSettings, server: MailServer, verb: str, answer: str
) -> None:
    people = [a_person() for _ in range(25)]
    server.always[verb] = answer
    async with open_office(settings, server, *people, retry_unit_seconds=0.5) as office:
        requests = [something(person) for person in people]
        await ask(settings, *requests)
        told = await eventually(
            lambda: office.http.get("/readyz"), until=lambda a: a.status_code == 503, within=30
        )
        assert "refuses our mail" in str(told.json()["problems"]["mail"])
        measured = (await office.http.get("/metrics")).text
        assert "notify_mail_server_refuses_us 1.0" in measured
        del server.always[verb]
        for request in requests:
            await eventually(
                lambda wanted=request: row(office, wanted),
                until=lambda found: found["state"] == "sent",
                within=30,
            )
        await eventually(lambda: office.http.get("/readyz"), until=lambda a: a.status_code == 200)
        assert "notify_mail_server_refuses_us 0.0" in (await office.http.get("/metrics")).text
    assert sorted(mail.recipient for mail in server.received) == sorted(p.email or "" for p in people)


async def test_a_policy_that_refuses_one_address_ends_that_mail_alone(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo, eva = a_person(), a_person(), a_person()
    server.refused[anna.email or ""] = "550 5.7.1 this mailbox takes mail from inside only"
    async with open_office(settings, server, anna, bo, eva, senders=1) as office:
        first, second, third = something(anna), something(bo), something(eva)
        await ask(settings, first)
        await eventually(lambda: row(office, first), until=lambda found: found.get("refused_at"))
        await ask(settings, second, third)
        await becomes(office, second, "sent")
        await becomes(office, third, "sent")
        failed = await becomes(office, first, "failed", reason="550 5.7.1")
        assert failed["attempts"] >= 2
        assert (await office.http.get("/readyz")).status_code == 200


async def test_a_mail_server_that_is_closed_for_days_costs_no_mail(
    settings: ServiceSettings, server: MailServer
) -> None:
    """It answers 421 to each try, far longer than the schedule of tries lasts."""
    anna = a_person()
    server.always["MAIL"] = "421 4.3.2 maintenance"
    async with open_office(settings, server, anna, retry_unit_seconds=0.001) as office:
        request = something(anna)
        await ask(settings, request)
        await eventually(lambda: row(office, request), until=lambda found: found.get("attempts", 0) >= 2)
        # As after all the tries of its schedule.
        rows = office.mongo.db.notifications
        await rows.update_one({"_id": request.id}, {"$set": {"attempts": 12}})
        connections = server.connections
        await eventually(_connections(server), until=lambda now: now >= connections + 2, within=30)
        assert (await row(office, request))["state"] in {"deferred", "sending"}
        del server.always["MAIL"]
        await becomes(office, request, "sent")


def _connections(server: MailServer) -> Callable[[], Awaitable[int]]:
    async def look() -> int:
        return server.connections

    return look
