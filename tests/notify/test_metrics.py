"""O3: what waits in the post office shows, by state and by age, and names nobody."""

from shared.settings import ServiceSettings
from tests.faults.smtp_server import Drop, MailServer
from tests.harness import Running, a_person, eventually
from tests.notify.office import ask, becomes, open_office, something


async def metric(service: Running, series: str) -> float:
    text = (await service.http.get("/metrics")).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series + " "))


async def test_mails_that_can_not_be_sent_show_by_state_and_by_age(
    settings: ServiceSettings, server: MailServer
) -> None:
    person, often = a_person(), settings.model_copy(update={"metrics_seconds": 0.05})
    async with open_office(often, "127.0.0.1:9", person) as office:
        request = something(person)
        await ask(settings, request)

        async def waiting() -> float:
            states = ("created", "sending", "deferred")
            return sum([await metric(office, f'notify_mails_waiting{{state="{state}"}}') for state in states])

        await eventually(waiting, until=lambda found: found == 1)
        await eventually(lambda: metric(office, "notify_oldest_due_seconds"))
        text = (await office.http.get("/metrics")).text
        assert not any(word in text for word in (person.id, person.email, request.subject))
    async with open_office(often, server, person) as office:
        await becomes(office, request, "sent")
        await eventually(lambda: metric(office, "notify_oldest_due_seconds"), until=lambda age: age == 0)
        sent = 'notify_mails_waiting{state="created"}'
        await eventually(lambda: metric(office, sent), until=lambda found: found == 0)


async def test_a_mail_that_nobody_can_decide_but_a_person_shows(
    settings: ServiceSettings, server: MailServer
) -> None:
    person, often = a_person(), settings.model_copy(update={"metrics_seconds": 0.05})
    server.on("DOT", Drop(keep=False), Drop(keep=False))
    async with open_office(often, server, person) as office:
        request = something(person)
        await ask(settings, request)
        await eventually(lambda: metric(office, "notify_mails_undecided"), within=30)
        assert (await becomes(office, request, "in_doubt"))["reason"] == "outcome_unknown"
