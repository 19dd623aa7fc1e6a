"""Step 2: the only one in a role is not alone."""

from __future__ import annotations

from typing import Any

from agencynet.demo.mailboxes import require_readable
from agencynet.demo.observing import eventually, require
from agencynet.demo.scene import Scene


async def play(scene: Scene) -> None:
    officer, network = scene.lone, scene.network
    token = network.system(officer.agency)
    answer = await eventually(
        f"{officer.name} has a card",
        lambda: network.call("GET", f"/directory/v1/people/{officer.id}/card", token),
        until=lambda answer: answer.status == 200 and _card(answer.body)["peers"],
    )
    scene.report.saw(f"{scene.who(officer)}, {officer.title}, is the only upphandlare there")
    peers = _card(answer.body)["peers"]
    for peer in peers:
        require(f"{peer['display_name']} has a phone number and reasons", peer["phone"] and peer["reasons"])
        require("Peers are at other agencies", peer["agency"] != officer.agency)
    scene.report.lines([_line(scene, peer) for peer in peers])
    mail = await scene.mailboxes.wait_for(officer, "directory.lone_specialist")
    require_readable(mail, officer)
    named = [peer for peer in peers if peer["display_name"] in mail.text and peer["phone"] in mail.text]
    require("The card by mail names whom to call, with phone numbers", named, mail.text)
    scene.report.saw(f"“{mail.subject}” has come to {mail.to}, with {len(named)} of them to call")
    await _others(scene)


def _card(body: dict[str, Any]) -> dict[str, Any]:
    cards = [card for card in body["cards"] if card["role"]["code"] == "upphandlare"]
    return cards[0] if cards else {"peers": []}


def _line(scene: Scene, peer: dict[str, Any]) -> tuple[str, ...]:
    reasons = "; ".join(reason["text"] for reason in peer["reasons"] if reason["code"] != "role")
    return (peer["display_name"], scene.names[peer["agency"]], peer["phone"], reasons)


async def _others(scene: Scene) -> None:
    token = scene.network.system(scene.lone.agency)
    lone = [one async for one in scene.network.pages("/directory/v1/lone-specialists", token)]
    agencies = {one["agency"] for one in lone}
    require("Others are alone in their roles too", len(lone) > 1, len(lone))
    scene.report.saw(f"{len(lone)} people at {len(agencies)} agencies are the only ones in their role")
