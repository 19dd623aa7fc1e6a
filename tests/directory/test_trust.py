"""Whom an agency trusts is for those who are trusted or the network to say, and they hear of it (issue 25, 1.8)."""

from typing import Any

import pytest

from services.directory.agencies.rules import wrong_domain
from shared.contracts.topics import NOTIFY_REQUESTS
from shared.settings import ServiceSettings
from tests.directory.network import Network, fields, staff
from tests.harness import eventually, messages, signed_in

AGENCY = "/directory/v1/agencies/csn"


async def change(network: Network, by: dict[str, str], path: str = AGENCY, **changes: Any) -> Any:
    return await network.http.patch(path, json=changes, headers=by)


async def told(settings: ServiceSettings, kind: str, count: int) -> list[Any]:
    async def look() -> list[Any]:
        return [each.data for each in await messages(settings, NOTIFY_REQUESTS) if each.data.kind == kind]

    return await eventually(look, until=lambda found: len(found) >= count)


async def test_no_scope_of_an_agencys_system_makes_a_coordinator(network: Network) -> None:
    [mine] = await network.hire("csn", staff("e1"))
    assert (await change(network, network.tokens["csn"], coordinators=[mine])).status_code == 403
    assert (await change(network, signed_in(mine, "csn"), coordinators=[mine])).status_code == 403
    assert (await change(network, network.tokens["spv"], coordinators=[mine])).status_code == 403
    found = await network.db.agencies.find_one({"_id": "csn"})
    assert found["coordinators"] == []
    assert (await change(network, network.tokens["csn"], places=["Kiruna"])).status_code == 200


async def test_coordinators_name_coordinators_and_all_concerned_are_mailed(
    network: Network, settings: ServiceSettings
) -> None:
    boss, second, third = await network.hire("csn", staff("e1"), staff("e2"), staff("e3"))
    assert (await change(network, network.admin, coordinators=[boss])).status_code == 200
    first = await told(settings, "directory.trust_changed", 1)
    assert [one.person_id for one in first] == [boss]
    by_boss = signed_in(boss, "csn")
    assert (await change(network, by_boss, coordinators=[boss, second])).status_code == 200
    assert (await change(network, by_boss, coordinators=[third])).status_code == 200
    mails = await told(settings, "directory.trust_changed", 6)
    last = [one for one in mails if one.subject_version == max(m.subject_version for m in mails)]
    assert {one.person_id for one in last} == {boss, second, third}
    [line] = last[0].data["given"]
    assert (line["person_id"], line["name"]) == (third, ""), "named when it is sent, and not before"
    assert {each["person_id"] for each in last[0].data["withdrawn"]} == {boss, second}
    assert (
        await change(network, network.tokens["spv"], "/directory/v1/agencies/spv", coordinators=[])
    ).status_code == 403


async def test_the_steering_committees_members_hear_that_they_are_in_it(
    network: Network, settings: ServiceSettings
) -> None:
    [director] = await network.hire("csn", staff("gd"))
    assert (await change(network, network.admin, steering=[director])).status_code == 200
    [mail] = await told(settings, "directory.trust_changed", 1)
    assert (mail.person_id, mail.data["trust"]) == (director, "steering")


async def test_a_mail_domain_is_the_networks_to_change_and_its_coordinators_hear(
    network: Network, settings: ServiceSettings
) -> None:
    [boss] = await network.hire("csn", staff("e1"))
    by_boss = await network.coordinate("csn", boss)
    for by in (network.tokens["csn"], by_boss):
        assert (await change(network, by, mail_domain="ny.example")).status_code == 403
    assert (await change(network, network.admin, mail_domain="ny.example")).status_code == 200
    [mail] = await told(settings, "directory.mail_domain_changed", 1)
    assert (mail.person_id, mail.data["before"], mail.data["after"]) == (boss, "csn.example", "ny.example")


@pytest.mark.parametrize("domain", ["spv.example", "hr.spv.example", "gmail.com", "mail.yahoo.com", "pp.se"])
async def test_no_agency_gets_anothers_domain_or_everybodys(network: Network, domain: str) -> None:
    refused = await change(network, network.admin, mail_domain=domain)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"] == "mail_domain"
    joining = {"slug": "ny", **fields("ny"), "mail_domain": domain}
    answer = await network.http.post("/directory/v1/agencies", json=joining, headers=network.admin)
    assert answer.status_code == 422
    assert (await change(network, network.admin, mail_domain="csn.example")).status_code == 200, "one's own"


@pytest.mark.parametrize(
    ("domain", "wrong"),
    [
        ("bolagsverket.se", False),
        ("bv-lab.se", False),
        ("csn.se", True),
        ("CSN.se", True),
        ("hr.csn.se", True),
        ("örebro.se", True),
        ("a.örebro.se", True),
        ("xn--rebro-iua.se", True),
        ("googlemail.com", True),
        ("contoso.onmicrosoft.com", True),
        ("com.se", True),
    ],
)
def test_a_domain_is_wrong_where_others_could_sign_in_by_it(domain: str, wrong: bool) -> None:
    assert bool(wrong_domain(domain, {"csn": "csn.se", "oru": "örebro.se"})) is wrong


def test_a_domain_around_anothers_is_wrong_too() -> None:
    assert wrong_domain("lansstyrelsen.se", {"bd": "norrbotten.lansstyrelsen.se"})
