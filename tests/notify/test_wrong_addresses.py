"""N7, N17: an address that mails do not reach is told to its agency, and ends when it is put right."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.models import Mail, WrongAddress
from services.notify.rules.wrong_addresses import REFUSED_FOR, found, refused_address
from shared.contracts.directory import Person
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_PEOPLE
from shared.settings import ServiceSettings
from tests.audited import entries
from tests.faults.smtp_server import MailServer
from tests.harness import Running, a_person, an_agency, eventually, publish, signed_in
from tests.notify.office import ask, becomes, open_office, row, some_mail, something

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
BOSS = a_person(given_name="Åsa", family_name="Samordnare")
PEOPLE = {"p": "spv"}


def a_mail(**changes: Any) -> Mail:
    return some_mail(**{"id": "n1", "person_id": "p", "state": "sent", "address": "p@spv.example", **changes})


REFUSED = a_mail(state="failed", reason="550 5.1.1", address_refused=True)
WRONG = WrongAddress(
    person_id="p",
    agency="spv",
    fault="refused",
    address="p@spv.example",
    reason="550 5.1.1",
    notification_id="n1",
    since=NOW,
)


@pytest.mark.parametrize(
    ("mails", "known", "wrong", "right"),
    [
        ([REFUSED], {}, ["refused"], set()),
        ([REFUSED], {"p": WRONG}, [], set()),
        ([a_mail(state="suppressed", reason="no_address")], {}, ["missing"], set()),
        ([a_mail(state="suppressed", reason="address_unusable")], {"p": WRONG}, ["unusable"], set()),
        ([a_mail(state="suppressed", reason="address_refused")], {"p": WRONG}, [], set()),
        ([a_mail(state="suppressed", reason="superseded")], {}, [], set()),
        ([a_mail(state="failed", reason="gave_up")], {}, [], set()),
        ([a_mail()], {}, [], set()),
        ([a_mail()], {"p": WRONG}, [], {"p"}),
        ([REFUSED, a_mail(id="n2")], {}, [], set()),
        ([a_mail(id="n2"), REFUSED], {}, ["refused"], set()),
        ([a_mail(state="deferred", reason="550 5.7.1")], {"p": WRONG}, [], {"p"}),
        ([a_mail(id="n2", state="deferred", reason="450 4.2.1")], {"p": WRONG}, [], set()),
        ([a_mail(person_id="gone", state="suppressed", reason="no_address")], {}, [], set()),
    ],
)
def test_the_outcomes_of_mails_say_whose_address_is_wrong_and_whose_is_right(
    mails: list[Mail], known: dict[str, WrongAddress], wrong: list[str], right: set[str]
) -> None:
    faults, ended = found(mails, known, PEOPLE, NOW)
    assert [one.fault for one in faults] == wrong
    assert ended == right


def test_a_refused_address_is_tried_once_more_after_two_weeks() -> None:
    assert refused_address(WRONG, NOW) == "p@spv.example"
    assert refused_address(WRONG, NOW + REFUSED_FOR) is None
    assert refused_address(WRONG.model_copy(update={"fault": "missing", "address": ""}), NOW) is None
    assert refused_address(None, NOW) is None


async def the_tasks(office: Running) -> list[dict[str, Any]]:
    answer = await office.http.get(
        "/notify/v1/tasks", params={"agency": "bolagsverket"}, headers=signed_in(BOSS.id, "bolagsverket")
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def with_a_coordinator(settings: ServiceSettings) -> None:
    await publish(settings, DIRECTORY_AGENCIES, an_agency("bolagsverket", coordinators=(BOSS.id,)))


async def test_n17_a_refused_address_gets_no_more_mail_and_its_coordinator_hears_once(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person(given_name="Anna", family_name="Ek")
    server.refused[anna.email or ""] = "550 5.1.1 no such mailbox"
    await with_a_coordinator(settings)
    async with open_office(settings, server, BOSS, anna, gather_seconds=0.5) as office:
        first, second = something(anna), something(anna)
        await ask(settings, first)
        await becomes(office, first, "failed", reason="550 5.1.1")
        [task] = await eventually(lambda: the_tasks(office))
        assert (task["person_id"], task["fault"], task["reason"]) == (anna.id, "refused", "550 5.1.1")
        await ask(settings, second)
        await becomes(office, second, "suppressed", reason="address_refused")
        told = await eventually(lambda: mails_to_the_boss(server), within=20)
        assert "Anna Ek" in told[0]
        assert "går inte att nå" in told[0]
        third = something(anna)
        await ask(settings, third)
        await becomes(office, third, "suppressed", reason="address_refused")
    assert len(server.to(BOSS.email or "")) == 1


async def mails_to_the_boss(server: MailServer) -> list[str]:
    said: list[str] = []
    for received in server.to(BOSS.email or ""):
        body = received.mail.get_body(("plain",))
        said.append(f"{received.mail['Subject']} {body.get_content() if body else ''}")
    return said


async def test_an_address_that_no_mail_can_be_sent_to_becomes_a_task_and_a_new_one_ends_it(
    settings: ServiceSettings, server: MailServer
) -> None:
    """Kept from before the doors refused it: some of these used to go to other people's mailboxes."""
    anna = a_person().model_copy(update={"email": "östen@straße.example"})
    await with_a_coordinator(settings)
    async with open_office(settings, server, BOSS, anna) as office:
        request = something(anna)
        await ask(settings, request)
        await becomes(office, request, "suppressed", reason="address_unusable")
        [task] = await eventually(lambda: the_tasks(office))
        assert task["fault"] == "unusable"
        await publish(settings, DIRECTORY_PEOPLE, changed(anna, "osten@straße.example"))
        await eventually(lambda: the_tasks(office), until=lambda found: not found)
        again = something(anna)
        await ask(settings, again)
        await becomes(office, again, "sent")
    assert server.received[-1].recipient == "osten@xn--strae-oqa.example"


def changed(person: Person, address: str) -> Person:
    return person.model_copy(update={"email": address, "version": person.version + 1})


async def test_a_coordinator_lets_mails_go_to_an_address_again(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.refused[anna.email or ""] = "550 5.1.1 no such mailbox"
    await with_a_coordinator(settings)
    async with open_office(settings, server, BOSS, anna) as office:
        first = something(anna)
        await ask(settings, first)
        await eventually(lambda: the_tasks(office))
        del server.refused[anna.email or ""]
        path = f"/notify/v1/suppressions/{anna.id}"
        mine = signed_in(BOSS.id, "bolagsverket")
        assert (await office.http.delete(path, headers=mine)).status_code == 204
        second = something(anna)
        await ask(settings, second)
        await becomes(office, second, "sent")
        assert not await the_tasks(office)
        assert (await row(office, first))["state"] == "failed"
        [entry] = await entries(office, mine)
        assert (entry["act"], entry["thing"]) == ("address.tried_again", f"notification/{first.id}")


async def test_a_task_goes_with_its_person(settings: ServiceSettings, server: MailServer) -> None:
    anna = a_person()
    server.refused[anna.email or ""] = "550 5.1.1 no such mailbox"
    await with_a_coordinator(settings)
    async with open_office(settings, server, BOSS, anna) as office:
        await ask(settings, something(anna))
        await eventually(lambda: the_tasks(office))
        left = anna.model_copy(update={"status": "left", "version": anna.version + 1})
        await publish(settings, DIRECTORY_PEOPLE, left)
        await eventually(lambda: the_tasks(office), until=lambda found: not found)
        assert not await office.mongo.db.wrong_addresses.find_one({"_id": anna.id})
