"""`agencynet republish` and `agencynet rebuild`: state topics and the copies made of them."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from agencynet.commands.options import HERE, Data
from agencynet.commands.serve import Service
from agencynet.console import out
from agencynet.local import Local
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from shared.service import Spec
    from shared.settings import ServiceSettings


def republish(
    topic: Annotated[str, typer.Argument(help="For example directory.people.")], data: Data = HERE
) -> None:
    """Announce every entity of a state topic again. Harmless: readers take what is newer only."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load
    from shared.contracts.topics import TOPICS  # noqa: PLC0415

    found = TOPICS.get(topic)
    if found is None or found.kind != "state":
        known = ", ".join(sorted(name for name, one in TOPICS.items() if one.kind == "state"))
        raise CannotStart(f"There is no state topic {topic}.", f"Choose from {known}.")
    settings, spec = operations.settings(Local(data)), _spec(found.owner)
    done = asyncio.run(_republish(settings, spec, topic))
    out.print(f"{topic}: {done} announced; the running service {spec.name} brings them to Kafka.")


async def _republish(settings: ServiceSettings, spec: Spec, topic: str) -> int:
    from agencynet.operations import database  # noqa: PLC0415
    from shared import states  # noqa: PLC0415

    source = next(one for one in spec.sources if one.topic.name == topic)
    done = 0
    async with database(settings, spec.name) as mongo:
        async for done in states.republish(mongo, source):
            out.print(f"{topic}: {done}", style="dim")
    return done


def rebuild(
    service: Annotated[Service, typer.Argument(help="Whose copies of others' entities.")], data: Data = HERE
) -> None:
    """Build a service's copies anew from the topics, also while it runs. Nobody is told anything again."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    asyncio.run(_rebuild(operations.settings(Local(data)), _spec(service)))


async def _rebuild(settings: ServiceSettings, spec: Spec) -> None:
    from agencynet.operations import database  # noqa: PLC0415
    from shared import auth, rebuild  # noqa: PLC0415
    from shared.service import merge  # noqa: PLC0415

    indexes = merge(spec.indexes, auth.INDEXES)
    async with database(settings, spec.name) as mongo:
        for topic in rebuild.copies(spec.subscriptions):
            done = 0
            async for progress in rebuild.rebuild(settings, mongo, spec.name, topic, indexes):
                done = progress.done
            out.print(f"{rebuild.collection_of(topic)}: built anew from {done} records of {topic.name}")


def _spec(service: str) -> Spec:
    return import_module(f"services.{service}.app").SPEC
