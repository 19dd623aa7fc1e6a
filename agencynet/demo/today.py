"""Step 12: a meeting today, at which those who come say so by the code on the wall."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from agencynet.demo.observing import require
from agencynet.demo.scene import HOME, Scene, at_home

_ROLE, _CONVENES = "registrator", "spsm"
_TITLE = "Kort avstämning: diarieföring av chattar"
# Over by the time that somebody has looked around in the portal.
_BEGINS_IN, _LASTS = timedelta(minutes=1), timedelta(minutes=4)
_STAYS_AWAY = 6
"""One in so many."""


async def play(scene: Scene) -> None:
    network = scene.network
    convenor = scene.cast.visible(_ROLE, _CONVENES)[0]
    token = network.person(convenor)
    begins = datetime.now(HOME).replace(microsecond=0) + _BEGINS_IN
    body = {
        "title": _TITLE,
        "starts_at": begins.isoformat(),
        "ends_at": (begins + _LASTS).isoformat(),
        "place": "SPSM, Sundsvall",
        "audience": {"roles": [_ROLE]},
        "convenor_id": convenor.id,
    }
    meeting = (await network.send("POST", "/events/v1/meetings", token, body)).body["id"]
    await network.send("POST", f"/events/v1/meetings/{meeting}/invitations", token)
    code = (await network.send("PUT", f"/events/v1/meetings/{meeting}/attendance-code", token)).body["code"]
    invited = scene.cast.visible(_ROLE)
    came = [one for number, one in enumerate(invited) if number % _STAYS_AWAY]
    note = {"attended": True, "code": code}
    path = f"/events/v1/meetings/{meeting}/attendance"
    await asyncio.gather(*(network.send_when_invited(one, f"{path}/{one.id}", note) for one in came))
    listed = [
        one["attended"] async for one in network.pages(f"/events/v1/meetings/{meeting}/participants", token)
    ]
    require("All who came are noted", listed.count(True) == len(came), listed)
    agencies = len({one.agency for one in came})
    scene.report.saw(
        f"{len(came)} of {len(listed)} registrars at {agencies} agencies come to “{_TITLE}” and note it by "
        f"the code on the wall, {code}"
    )
    over = at_home((begins + _LASTS).isoformat())
    scene.report.saw(f"When it is over, at {over}, the network's page shows which agencies have met")
