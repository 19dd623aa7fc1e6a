"""`agencynet republish` and `agencynet rebuild`: state topics and the copies made of them."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agencynet.commands.options import HERE, Data, DryRun, Json
from agencynet.commands.serve import Service
from agencynet.console import out, print_json
from agencynet.local import Local
from agencynet.progress import Counting
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from shared.service import Spec
    from shared.settings import ServiceSettings


def republish(
    topic: Annotated[str, typer.Argument(help="For example directory.people.")],
    data: Data = HERE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Announce every entity of a state topic again. Harmless: readers take what is newer only."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load
    from shared.contracts.topics import TOPICS  # noqa: PLC0415

    found = TOPICS.get(topic)
    if found is None or found.kind != "state":
        known = ", ".join(sorted(name for name, one in TOPICS.items() if one.kind == "state"))
        raise CannotStart(f"There is no state topic {topic}.", f"Choose from {known}.")
    settings, spec = operations.settings(Local(data)), _spec(found.owner)
    done = asyncio.run(_republish(settings, spec, topic, dry_run=dry_run, quiet=as_json))
    if as_json:
        print_json({"dry_run": dry_run, "topic": topic, "entities": done})
    elif dry_run:
        out.print(f"{topic}: about {done} entities would be announced again by {spec.name}.")
    else:
        out.print(f"{topic}: {done} announced; the running service {spec.name} brings them to Kafka.")


async def _republish(settings: ServiceSettings, spec: Spec, topic: str, *, dry_run: bool, quiet: bool) -> int:
    from agencynet.operations import database  # noqa: PLC0415
    from shared.consuming import states  # noqa: PLC0415

    source = next(one for one in spec.sources if one.topic.name == topic)
    done = 0
    async with database(settings, spec.name) as mongo:
        total = await states.about_how_many(mongo, source)
        if dry_run:
            return total
        with Counting(out, topic, quiet=quiet) as counting:
            async for done in states.republish(mongo, source):
                counting.say(done, total)
    return done


def rebuild(
    service: Annotated[Service, typer.Argument(help="Whose copies of others' entities.")],
    data: Data = HERE,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Build a service's copies again from the topics, also while it runs. Nobody is told anything again."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    settings, spec = operations.settings(Local(data)), _spec(service)
    if not dry_run:
        built = asyncio.run(_rebuild(settings, spec, quiet=as_json))
        if as_json:
            print_json({"dry_run": False, "copies": built})
        return
    plans = asyncio.run(_plan(settings, spec))
    if as_json:
        print_json({"dry_run": True, "copies": plans})
        return
    for plan in plans:
        out.print(
            f"{plan['collection']}: would be built anew from up to {plan['records']} records of "
            f"{plan['topic']}, in place of about {plan['documents']} documents",
            markup=False,
        )
        if plan["blocked"]:
            out.print(f"    not yet: records of {plan['topic']} are parked as failed; redrive them first")


async def _plan(settings: ServiceSettings, spec: Spec) -> list[dict[str, Any]]:
    from agencynet.operations import database  # noqa: PLC0415
    from shared.consuming import rebuild  # noqa: PLC0415

    async with database(settings, spec.name) as mongo:
        copies = rebuild.copies(spec.subscriptions)
        return [(await rebuild.plan(settings, mongo, spec.name, copy))._asdict() for copy in copies]


async def _rebuild(settings: ServiceSettings, spec: Spec, *, quiet: bool) -> list[dict[str, Any]]:
    from agencynet.operations import database  # noqa: PLC0415
    from shared import auth  # noqa: PLC0415
    from shared.consuming import rebuild  # noqa: PLC0415
    from shared.service import merge  # noqa: PLC0415

    indexes, built = merge(spec.indexes, auth.INDEXES), []
    async with database(settings, spec.name) as mongo:
        for copy in rebuild.copies(spec.subscriptions):
            name, topic, done = copy.collection, copy.topic.name, 0
            with Counting(out, name, quiet=quiet) as counting:
                async for progress in rebuild.rebuild(settings, mongo, spec.name, copy, indexes):
                    done = progress.done
                    counting.say(done, progress.of)
            built.append({"collection": name, "topic": topic, "records": done})
            if not quiet:
                out.print(f"{name}: built anew from {done} records of {topic}")
    return built


def _spec(service: str) -> Spec:
    return import_module(f"services.{service}.app").SPEC
