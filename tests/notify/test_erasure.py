"""O1: what is left of the mails to somebody who is erased, and of those that mention them."""

import json

from shared.contracts.topics import NOTIFY_DELIVERIES, NOTIFY_PRIVACY
from shared.contracts.types import Gone
from shared.formats.contentlines import folded, unfolded
from shared.privacy import words
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
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


async def test_a_name_in_what_others_were_told_is_taken_out_of_text_and_calendar(
    settings: ServiceSettings, server: MailServer
) -> None:
    person, other = a_person("csn"), a_person("spv")
    name = "Åsa Margareta Zzxqvistlundbergsson"
    line = f"SUMMARY:Ett långt namn på en avtackning för vår kollega {name} som slutar"
    ics = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{folded(line)}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    async with open_office(settings, server, person, other) as service:
        asked = something(other)
        await ask(settings, asked)
        await becomes(service, asked, "sent")
        data = json.dumps({"title": f"Avtackning av {name}"}, ensure_ascii=False)
        told = {"data": data, "calendar": {"method": "REQUEST", "ics": ics}}
        await service.mongo.db.notifications.update_one({"_id": asked.id}, {"$set": told})
        looked_for = words.wanted("s", [name], [])
        done = await ask_and_wait(settings, NOTIFY_PRIVACY, "erasure", "csn", [person.id], wanted=looked_for)
        assert {(each.field, each.redacted) for each in done.mentions} == {
            ("data", True),
            ("calendar.ics", True),
        }
        kept = await service.mongo.db.notifications.find_one({"_id": asked.id})
        assert json.loads(kept["data"]) == {"title": "Avtackning av […]"}
        lines = unfolded(kept["calendar"]["ics"]).split("\r\n")
        assert lines[3] == "SUMMARY:Ett långt namn på en avtackning för vår kollega […] som slutar"
        assert max(len(each.encode()) for each in kept["calendar"]["ics"].split("\r\n")) <= 75
