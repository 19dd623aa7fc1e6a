"""Being asked: once is enough, bad requests hold nothing up, and newer ones take older ones' places."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.contracts.notify import CalendarPart
from shared.contracts.topics import (
    DIRECTORY_AGENCIES,
    DIRECTORY_PEOPLE,
    NOTIFY_DELIVERIES,
    NOTIFY_REQUESTS,
    parked_topic,
)
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import a_person, an_agency, eventually, latest, messages, publish
from tests.notify.office import ask, becomes, open_office, row, something


async def test_asked_again_nobody_is_told_again(settings: ServiceSettings, server: MailServer) -> None:
    anna = a_person()
    request, other = something(anna), something(anna)
    async with open_office(settings, server, anna) as office:
        await ask(settings, request, request)
        await becomes(office, request, "sent")
        await ask(settings, request, other)
        await becomes(office, other, "sent")
    assert [mail.message_id for mail in server.received].count(f"<{request.id}@agencynet.example>") == 1


async def test_a_bad_request_is_parked_with_its_reason_and_the_good_beside_it_goes_through(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    good = something(anna)
    data = good.data
    bad = [
        (something(anna, kind="events.invited", data={**data, "starts_at": "soon"}), "starts_at"),
        (something(anna, data={**data, "title": "Hej\r\nBcc: alla@example.se"}), "control characters"),
        (something(anna, data={**data, "starts_at": "2026-12-03T13:00:00"}), "UTC offset"),
        (something(anna, data={**data, "zone": "Europe/Sundsvall"}), "zone"),
        (something(anna, calendar=CalendarPart(method="REQUEST", ics="Hej!")), "iCalendar"),
        (something(anna).model_copy(update={"kind": "events.unheard_of"}), "data.kind"),
    ]
    async with open_office(settings, server, anna) as office:
        await ask(settings, *(request for request, _ in bad), good)
        await becomes(office, good, "sent")
        assert office.service.health.problems() == {}
        found = await eventually(
            lambda: messages(settings, parked_topic("notify")), until=lambda found: len(found) >= len(bad)
        )
    parked = [message.data for message in found]
    assert [p.kind for p in parked] == ["refused"] * len(bad)
    reasons = sorted(p.reason for p in parked)
    for _, words in bad:
        assert any(words in reason for reason in reasons), (words, reasons)
    assert not any("alla@example.se" in reason for reason in reasons)
    assert len(server.received) == 1


async def test_a_newer_version_takes_the_place_of_one_that_has_not_gone_out(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.always["RCPT"] = "450 4.2.1 later"
    second = something(anna, "events.changed", subject="meeting/m", subject_version=2)
    third = something(anna, "events.changed", subject="meeting/m", subject_version=3)
    late = something(anna, "events.changed", subject="meeting/m", subject_version=1)
    async with open_office(settings, server, anna, retry_unit_seconds=0.5) as office:
        await ask(settings, second)
        await becomes(office, second, "deferred")
        await ask(settings, third, late)
        await becomes(office, second, "suppressed", reason="superseded")
        await becomes(office, late, "suppressed", reason="superseded")
        server.always.clear()
        await becomes(office, third, "sent")
        told = await eventually(
            lambda: latest(settings, NOTIFY_DELIVERIES),
            until=lambda found: found[second.id].state == "suppressed" and found[third.id].state == "sent",
        )
        assert told[late.id].reason == "superseded"
    assert [mail.message_id for mail in server.received] == [f"<{third.id}@agencynet.example>"]


async def test_a_cancellation_takes_the_place_of_an_invitation_under_way(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    invited = something(anna, subject="meeting/m")
    cancelled = something(anna, "events.cancelled", subject="meeting/m", subject_version=9)

    async def overtake() -> None:
        # The sender has its recipient accepted, and not yet marked the mail.
        await ask(settings, cancelled)
        await becomes(office, invited, "suppressed")

    server.on("RCPT", overtake)
    async with open_office(settings, server, anna, senders=1, lease_seconds=20) as office:
        await ask(settings, invited)
        await becomes(office, cancelled, "sent")
        assert (await row(office, invited))["reason"] == "superseded"
    assert [mail.message_id for mail in server.received] == [f"<{cancelled.id}@agencynet.example>"]


async def test_the_last_look_stops_what_has_nobody_to_go_to(
    settings: ServiceSettings, server: MailServer
) -> None:
    left, gone = a_person(status="left"), a_person()
    homeless, odd = a_person(email=None), a_person(email="åsa@bolagsverket.example")
    anna = a_person()
    reasons = {
        left.id: "person_left",
        gone.id: "person_gone",
        homeless.id: "no_address",
        odd.id: "address_unusable",
    }
    async with open_office(settings, server, left, gone, homeless, odd, anna) as office:
        await publish(settings, DIRECTORY_PEOPLE, Gone(id=gone.id, version=2))
        await eventually(lambda: office.mongo.db.people.find_one({"_id": gone.id, "deleted": True}))
        past = datetime.now(UTC) - timedelta(seconds=1)
        late = something(anna, not_after=past)
        requests = {id_: something(id_) for id_ in reasons}
        await ask(settings, *requests.values(), late)
        for id_, reason in reasons.items():
            await becomes(office, requests[id_], "suppressed", reason=reason)
        await becomes(office, late, "suppressed", reason="too_late")
    assert not server.received


async def test_e22_a_mail_whose_event_begins_while_it_is_handed_over_is_not_sent(
    settings: ServiceSettings, server: MailServer
) -> None:
    """Looked at last between RCPT and DATA, however slow the server was until then."""
    anna = a_person()
    begins = datetime.now(UTC) + timedelta(seconds=2)
    reminder = something(anna, "events.reminder", not_after=begins)

    async def dawdle() -> None:
        await asyncio.sleep((begins - datetime.now(UTC)).total_seconds())

    server.on("RCPT", dawdle)
    async with open_office(settings, server, anna, smtp_timeout=10) as office:
        await ask(settings, reminder)
        await becomes(office, reminder, "suppressed", reason="too_late")
        assert "due_at" not in await row(office, reminder)
    assert not server.received


async def test_e22_a_change_takes_back_the_reminder_that_waits_to_go_out(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    reminder = something(anna, "events.reminder", subject="meeting/m", subject_version=300)
    changed = something(anna, "events.changed", subject="meeting/m", subject_version=1)
    later = something(anna, "events.reminder", subject="meeting/m", subject_version=401)
    server.always["RCPT"] = "450 4.2.1 later"
    async with open_office(settings, server, anna, retry_unit_seconds=1) as office:
        await ask(settings, reminder)
        await becomes(office, reminder, "deferred")
        await ask(settings, changed)
        await becomes(office, reminder, "suppressed", reason="superseded")
        del server.always["RCPT"]
        await ask(settings, later)
        await becomes(office, changed, "sent")
        await becomes(office, later, "sent")
    assert len(server.received) == 2


async def test_a_person_whom_we_have_not_heard_of_yet_is_waited_for(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, nobody = a_person(), a_person()
    request, lost = something(anna), something(nobody)
    async with open_office(settings, server, unknown_person_seconds=3) as office:
        await ask(settings, request, lost)
        await eventually(lambda: row(office, request))
        await publish(settings, DIRECTORY_PEOPLE, anna)
        sent = await becomes(office, request, "sent")
        assert sent["attempts"] == 1
        await becomes(office, lost, "suppressed", reason="person_unknown")
    assert len(server.received) == 1


async def test_a_new_address_is_used_for_a_mail_that_was_put_off(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.refused[anna.email or ""] = "450 4.2.1 later"
    moved = anna.model_copy(update={"version": 2, "email": "anna.ny@bolagsverket.example"})
    async with open_office(settings, server, anna, retry_unit_seconds=0.5) as office:
        request = something(anna)
        await ask(settings, request)
        await becomes(office, request, "deferred")
        await publish(settings, DIRECTORY_PEOPLE, moved)
        await becomes(office, request, "sent")
    [mail] = server.received
    assert mail.recipient == moved.email
    assert moved.email in mail.mail["To"]


async def test_mails_come_in_the_recipients_language_with_agencies_by_name(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, john = a_person(), a_person(language="en")
    agency = an_agency("bolagsverket", name="Bolagsverket", name_en="Swedish Companies Registration Office")
    await publish(settings, DIRECTORY_AGENCIES, agency)
    async with open_office(settings, server, anna, john) as office:
        await eventually(lambda: office.mongo.db.agencies.find_one({"_id": "bolagsverket"}))
        requests = [something(person, "directory.lone_specialist") for person in (anna, john)]
        await ask(settings, *requests)
        for request in requests:
            await becomes(office, request, "sent")
    [swedish], [english] = server.to(anna.email or ""), server.to(john.email or "")
    assert swedish.mail["Content-Language"] == "sv"
    assert "Bolagsverket" in swedish.mail.get_body(("plain",)).get_content()
    assert "You are not alone" in english.mail["Subject"]


async def test_records_that_are_no_requests_are_parked(settings: ServiceSettings, server: MailServer) -> None:
    from tests.harness import produce

    anna = a_person()
    good = something(anna)
    async with open_office(settings, server, anna) as office:
        await produce(settings, NOTIFY_REQUESTS.name, [(anna.id, b"{"), (anna.id, b"\xff"), (anna.id, b"[]")])
        await ask(settings, good)
        await becomes(office, good, "sent")
        await eventually(
            lambda: messages(settings, parked_topic("notify")), until=lambda found: len(found) == 3
        )
