"""The steps, in order."""

from __future__ import annotations

from datetime import datetime

from agencynet.demo import (
    access,
    ahead,
    answers,
    asking,
    changes,
    courses,
    feeds,
    loneliness,
    meeting,
    moving,
    practices,
    publishing,
    today,
    trust,
)
from agencynet.demo.mailboxes import Mailboxes
from agencynet.demo.network import Network
from agencynet.demo.observing import DidNotHappen, eventually
from agencynet.demo.report import Report
from agencynet.demo.scene import HOME, Scene
from agencynet.local import Local, Running
from agencynet.people import Invented, invent
from agencynet.stack.errors import CannotStart

STEPS = (
    ("Nine agencies' systems publish their staff", publishing.play),
    ("Somebody is alone in their role, and learns whom to call", loneliness.play),
    ("A meeting for all procurement officers", meeting.play),
    ("Answers come in, and the waiting list moves", answers.play),
    ("HR changes a phone number, hires, and reports a leaver", changes.play),
    ("A course together: seats, queue, cost and savings", courses.play),
    ("The meeting moves, and is cancelled", moving.play),
    ("Another system asks, and sees what it may", access.play),
    ("A question finds who can answer it, and the answer becomes practice", asking.play),
    ("Three agencies write down how they do it", practices.play),
    ("Some act for their agency, and some for the network", trust.play),
    ("A meeting today: those who come check in by the code on the wall", today.play),
    ("What is to come", ahead.play),
)


async def play(local: Local, running: Running, report: Report) -> Scene:
    """Play it on people whom no earlier run has used, and return how things stand at the end.

    Raises:
        DidNotHappen: a step's effect could not be observed.
        CannotStart: the system is not there, or not one that the story can be played on.

    """
    if running.mail_page is None:
        raise CannotStart(
            "Mail goes to a real server, so the mailboxes can't be read here.",
            "Unset AGENCYNET_SMTP and start again to play the story.",
        )
    network = Network(local, running)
    try:
        await _doors_open(network)
        scene = Scene(
            network=network,
            mailboxes=Mailboxes(network),
            feeds=feeds.Feeds(network),
            report=report,
            cast=await _new_cast(network),
        )
        scene.names = {
            one["slug"]: one["name"]
            async for one in network.pages("/directory/v1/agencies", network.system("bolagsverket"))
        }
        for number, (title, step) in enumerate(STEPS, start=1):
            report.step(number, title)
            await step(scene)
        report.end(len(STEPS))
        return scene
    finally:
        await network.close()


async def _doors_open(network: Network) -> None:
    """Each service knows the agencies' tokens as soon as it has heard of them."""
    for service, path in {
        "directory": "/directory/v1/roles",
        "events": "/events/v1/meetings",
        "courses": "/courses/v1/courses",
        "notify": "/notify/v1/templates",
    }.items():
        for agency in network.local.tokens():
            await eventually(
                f"{service} knows {agency}'s token",
                lambda path=path, agency=agency: network.call("GET", path, network.system(agency)),
                until=lambda answer: answer.status == 200,
            )


async def _new_cast(network: Network) -> Invented:
    """The first people of whom the network has never heard."""
    today = datetime.now(HOME).date()
    token = network.system("bolagsverket")
    for run in range(1, 1_000):
        cast = invent(run, today)
        officer = cast.visible("upphandlare", "bolagsverket")[0]
        if (await network.call("GET", f"/directory/v1/people/{officer.id}", token)).status == 404:
            return cast
    raise DidNotHappen("The story has been played a thousand times here. `make clean` forgets it all.")
