"""O2: a mail that is sent again because somebody asks for it is written down with who did."""

from services.notify import app
from shared.settings import ServiceSettings
from tests.audited import acts_in, entries
from tests.faults.smtp_server import MailServer
from tests.harness import a_person, an_agency, eventually, publish_agencies, signed_in, system
from tests.notify.office import ask, becomes, open_office, something


def test_what_the_code_writes_is_what_is_read_here() -> None:
    assert acts_in(app) == {"mail.sent_again", "address.tried_again"}


async def test_who_sends_a_mail_again_is_written_and_to_whom_it_went_is_not(
    settings: ServiceSettings, server: MailServer
) -> None:
    """The notification leads to its receiver for as long as it is kept itself."""
    anna, boss = a_person("csn"), a_person("csn")
    tokens = await publish_agencies(settings, an_agency("csn", coordinators=(boss.id,)), an_agency("spv"))
    server.refused[anna.email or ""] = "550 5.1.1 unknown"
    async with open_office(settings, server, anna, boss) as office:
        await eventually(lambda: office.mongo.db.agencies.find_one({"_id": "spv"}))
        request = something(anna)
        await ask(settings, request)
        path = f"/notify/v1/notifications/{request.id}/resend"
        coordinator = signed_in(boss.id, "csn")
        for caller, status in (
            (system(tokens["spv"]), 404),
            (signed_in(anna.id, "csn"), 403),
            (coordinator, 202),
            (system(tokens["csn"]), 202),
        ):
            await becomes(office, request, "failed")
            assert (await office.http.post(path, headers=caller)).status_code == status
        await becomes(office, request, "failed")
        by_person, by_system = await entries(office, coordinator)
    for entry in (by_person, by_system):
        assert (entry["act"], entry["thing"]) == ("mail.sent_again", f"notification/{request.id}")
        assert (entry["agency"], entry["person_id"], entry["details"]) == ("csn", None, {})
    assert (by_person["by"]["kind"], by_person["by"]["person_id"]) == ("person", boss.id)
    assert (by_system["by"]["kind"], by_system["by"]["person_id"]) == ("system", None)
    assert by_system["by"]["token"]
    assert anna.id not in str([by_person, by_system])
