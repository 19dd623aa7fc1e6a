"""O1: what is left of the mails to somebody who is erased, and of those that mention them."""

from agencynet.faults.smtp_server import MailServer
from shared.contracts.topics import NOTIFY_DELIVERIES, NOTIFY_PRIVACY
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.harness import a_person, eventually, latest
from tests.notify.office import ask, becomes, open_office, something
from tests.privacy import ask_and_wait, counted, exported, left_of


async def test_mails_to_the_erased_are_gone_and_others_mention_nobody(
    settings: ServiceSettings, server: MailServer
) -> None:
    person, convenor = a_person("csn"), a_person("spv")
    async with open_office(settings, server, person, convenor) as service:
        invited = something(person)
        told = something(
            convenor,
            "events.participant_left",
            subject=f"meeting/1/{person.id}",
            data={
                "title": "Träff",
                "starts_at": "2027-01-01T09:00:00Z",
                "zone": "Europe/Stockholm",
                "left_id": person.id,
            },
        )
        await ask(settings, invited, told)
        for one in (invited, told):
            await becomes(service, one, "sent")
        await service.mongo.db.preferences.insert_one({"_id": person.id, "choices": [], "version": 1})
        dry = await ask_and_wait(settings, NOTIFY_PRIVACY, "count", "csn", [person.id])
        assert counted(dry)["notifications"] == 1
        assert counted(dry)["mentions"] == 1
        rows = await exported(settings, NOTIFY_PRIVACY, "csn", [person.id])
        assert [row["kind"] for row in rows["notifications"]] == ["events.invited"]
        assert convenor.id not in str(rows), "to whom the other went is not theirs to know"
        await ask_and_wait(settings, NOTIFY_PRIVACY, "erasure", "csn", [person.id])
        assert await left_of(service.mongo.db, person.id) == []
        kept = await service.mongo.db.notifications.find_one({"_id": told.id})
        assert (kept["state"], kept["mentions"]) == ("sent", [])

        async def heard() -> object:
            return (await latest(settings, NOTIFY_DELIVERIES)).get(invited.id)

        gone = await eventually(heard, until=lambda found: isinstance(found, Gone))
        assert isinstance(gone, Gone)
        assert gone.reason == "erased"
        assert len(server.to(person.email or "")) == 1


async def test_what_was_on_its_way_to_the_erased_is_sent_to_nobody(
    settings: ServiceSettings, server: MailServer
) -> None:
    person = a_person("csn")
    async with open_office(settings, server, person, unknown_person_seconds=0.2) as service:
        await ask_and_wait(settings, NOTIFY_PRIVACY, "erasure", "csn", [person.id])
        late = something(person)
        await ask(settings, late)
        await becomes(service, late, "suppressed", reason="person_unknown")
        assert not server.to(person.email or "")
