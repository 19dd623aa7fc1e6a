"""Notify does what its OpenAPI says, whatever it is sent, as three kinds of callers."""

from pathlib import Path

import pytest

from shared.settings import ServiceSettings
from tests.described import CALLERS, require_as_described
from tests.faults.smtp_server import MailServer
from tests.harness import a_person, an_agency, eventually, publish_agencies, signed_in, system
from tests.notify.office import ask, becomes, open_office, something

pytestmark = [pytest.mark.ci, pytest.mark.timeout(600)]


@pytest.mark.parametrize("caller", CALLERS)
async def test_notify_is_as_it_is_described(
    settings: ServiceSettings, server: MailServer, caller: str, tmp_path: Path
) -> None:
    boss, member = a_person("csn"), a_person("csn")
    tokens = await publish_agencies(settings, an_agency("csn", coordinators=(boss.id,)))
    async with open_office(settings, server, boss, member) as office:
        await eventually(lambda: office.mongo.db.agencies.find_one({"_id": "csn"}))
        told = something(member)
        await ask(settings, told)
        await becomes(office, told, "sent")
        headers = {
            "system": system(tokens["csn"]),
            "coordinator": signed_in(boss.id, "csn"),
            "member": signed_in(member.id, "csn"),
        }[caller]
        await require_as_described(office.service.app, headers, tmp_path)
