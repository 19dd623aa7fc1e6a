"""The network in figures, for its steering committee (P8)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.directory.agencies.handlers import agencies
from services.directory.peers.rules.figures import FEW, Lone, figures, in_contact
from shared.contracts.events import Attendance, Meeting
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS
from tests.directory.network import Network, staff
from tests.harness import eventually, publish, signed_in

TODAY = date(2026, 11, 26)


def someone(agency: str, role: str, **period: str) -> dict[str, Any]:
    held = {"code": role, "since": None, "until": None, **period}
    return {"agency": agency, "roles": [held], "assignments": []}


@pytest.mark.parametrize(
    ("other", "connected"),
    [
        (someone("csn", "jurist"), True),
        (someone("bolagsverket", "jurist"), False),
        (someone("csn", "ekonom"), False),
        (someone("csn", "jurist", until="2026-11-25"), False),
    ],
)
def test_contact_is_with_somebody_who_does_the_same_elsewhere_today(
    other: dict[str, Any], connected: bool
) -> None:
    alone = Lone("bolagsverket", "jurist", {"other", "unseen"})
    assert in_contact(alone, {"other": other}, TODAY) == connected
    assert not in_contact(Lone("bolagsverket", "jurist", set()), {"other": other}, TODAY)


@pytest.mark.parametrize(("alone", "connected"), [(0, 0), (1, None), (FEW - 1, None), (FEW, 1)])
def test_of_a_few_it_is_not_told_whether_they_are_in_contact(alone: int, connected: int | None) -> None:
    found = figures({"csn": 20}, [Lone("csn", "jurist", ())] * alone, min(1, alone))
    assert (found.alone, found.connected) == (alone, connected)
    assert (found.agencies[0].people, found.agencies[0].alone) == (20, alone)


async def test_a_meeting_a_group_and_an_answer_are_contacts(network: Network) -> None:
    """Five at bolagsverket are alone, each in a role that somebody at csn has too."""
    roles = ("jurist", "ekonom", "upphandlare", "kommunikatör", "hr-specialist")
    known = {row["code"] for row in (await network.get("/roles", limit=100)).json()["items"]}
    codes = [*(role for role in roles if role in known), *sorted(known)][:FEW]
    lone = await network.hire("bolagsverket", *(staff(f"l{code}", roles=(code,)) for code in codes))
    peers = await network.hire("csn", *(staff(f"p{code}", roles=(code,)) for code in codes))
    (member,) = await network.hire("spv", staff("ledamot"))
    await _appoint(network, member)
    steering = signed_in(member, "spv")

    async def figures() -> Any:
        return (await network.get("/network-figures", steering)).json()

    found = await eventually(figures, until=lambda found: found["alone"] >= 2 * FEW, within=30)
    assert found["connected"] == 0
    assert {row["agency"]: row["people"] for row in found["agencies"]} == {
        "bolagsverket": 5,
        "csn": 5,
        "spv": 1,
    }
    await _met(network, lone[0], peers[0])
    await _group(network, lone[1], peers[1])
    await _answer(network, lone[2], peers[2], codes[2])
    # Those who met the wrong one have no contact by it.
    await _met(network, lone[3], peers[0])
    found = await eventually(figures, until=lambda found: found["connected"] == 6, within=30)
    assert (found["people"], found["alone"]) == (11, 10)


async def _appoint(network: Network, member: str) -> None:
    async def work(tx: Any) -> None:
        spv = await agencies.load_agency(tx, "spv")
        await agencies.change_agency(tx, spv, {"steering": [member]})

    await network.running.mongo.transact(work)


async def _met(network: Network, one: str, other: str) -> None:
    began = datetime.now(UTC) - timedelta(days=2)
    meeting = f"{one[:-1]}{'0' if one[-1] != '0' else '1'}"
    held = Meeting(
        id=meeting, version=1, title="Träff", kind="network", starts_at=began, ends_at=began + timedelta(hours=1),
        zone="Europe/Stockholm", convenor_id=other, convenor_agency="csn",
    )  # fmt: skip
    settings = network.running.service.settings
    await publish(settings, EVENTS_MEETINGS, held)
    parts = [
        Attendance(
            id=f"{meeting}/{id_}",
            version=1,
            meeting_id=meeting,
            person_id=id_,
            agency=agency,
            state="accepted",
        )
        for id_, agency in ((one, "bolagsverket"), (other, "csn"))
    ]
    await publish(settings, EVENTS_ATTENDANCE, *parts)


async def _group(network: Network, one: str, other: str) -> None:
    made = await network.http.post(
        "/directory/v1/groups", json={"name": "Två", "purpose": ""}, headers=signed_in(one, "bolagsverket")
    )
    path = f"/directory/v1/groups/{made.json()['id']}/members/{other}"
    assert (await network.http.put(path, headers=signed_in(other, "csn"))).is_success


async def _answer(network: Network, asker: str, peer: str, role: str) -> None:
    body = {"title": "Hur gör ni?", "text": "Vi undrar.", "roles": [role]}
    asked = await network.http.post(
        "/directory/v1/questions", json=body, headers=signed_in(asker, "bolagsverket")
    )
    assert asked.status_code == 201, asked.text
    path = f"/directory/v1/questions/{asked.json()['id']}/answers"
    answer = await network.http.post(path, json={"text": "Så här."}, headers=signed_in(peer, "csn"))
    assert answer.is_success, answer.text
