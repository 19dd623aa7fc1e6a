"""`agencynet topics`: the topics, who may use them, and the users' passwords."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agencynet.commands.options import HERE, Data, DryRun, Json
from agencynet.console import out, print_json
from agencynet.local import Local
from agencynet.stack.errors import CannotStart

if TYPE_CHECKING:
    from agencynet.access.kafka import Difference
    from agencynet.topic_plan import Plan
    from shared.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True, help="The network's topics on Kafka, and who may use them.")


@app.callback()
def topics() -> None:
    pass


@app.command()
def apply(data: Data = HERE, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Create what topics are missing, and let those that are there forget what is superseded as soon as the
    code wants. Where one differs otherwise, it is said and stays as it is.
    """
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    found = asyncio.run(_apply(operations.settings(Local(data)), dry_run=dry_run))
    if as_json:
        drift = [asdict(one) for one in found.drift if one not in found.to_mend]
        mended = [asdict(one) for one in found.to_mend]
        print_json(
            {
                "dry_run": dry_run,
                "would_create" if dry_run else "created": found.missing,
                "would_mend" if dry_run else "mended": mended,
                "drift": drift,
            }
        )
        return
    for name in found.missing:
        out.print(f"{'would create' if dry_run else 'created'} {name}", markup=False)
    for one in found.drift:
        would = "would mend" if dry_run else "mended"
        out.print(f"{would if one in found.to_mend else 'differs'}  {one}", markup=False)
    if not found.missing:
        out.print("All topics are there.")


async def _apply(settings: ServiceSettings, *, dry_run: bool) -> Plan:
    from agencynet import operations, topic_plan  # noqa: PLC0415
    from shared.kafka import clients as kafka  # noqa: PLC0415

    wanted = await operations.all_topics(settings)
    found = await topic_plan.plan(settings, wanted)
    if not dry_run:
        await kafka.create_topics(settings, wanted)
        await topic_plan.mend(settings, found)
    return found


@app.command()
def acls(data: Data = HERE, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Let each service and each agency do on Kafka what it needs, and take from them what is more than that.

    Rules of other users are left alone.
    """
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load

    found = asyncio.run(_acls(operations.settings(Local(data)), dry_run=dry_run))
    if as_json:
        allowed = [str(rule) for rule in found.missing]
        print_json({"dry_run": dry_run, "allow": allowed, "take_away": found.unwanted})
        return
    would = "would " if dry_run else ""
    for rule in found.missing:
        out.print(f"{would}allow      {rule}", markup=False)
    for words in found.unwanted:
        out.print(f"{would}take away  {words}", markup=False)
    if not found.missing and not found.unwanted:
        out.print("Everybody may do what they need, and no more.")


async def _acls(settings: ServiceSettings, *, dry_run: bool) -> Difference:
    from agencynet import operations  # noqa: PLC0415
    from agencynet.access import kafka, rules  # noqa: PLC0415

    agencies = await operations.slugs(settings)
    try:
        found = await kafka.compare(settings, rules.wanted(rules.specs(), agencies, settings.namespace))
        if not dry_run:
            await kafka.apply(settings, found)
    except kafka.NoAuthorizer as error:
        raise CannotStart(str(error), "See deploy/kafka/server.properties: authorizer.class.name.") from error
    return found


@app.command()
def user(
    name: Annotated[str, typer.Argument(help="A service, for example events, or an agency's: staff.csn.")],
    password_file: Annotated[
        Path, typer.Option(help="Where its password is; made, for your eyes only, if the file is not there.")
    ],
    data: Data = HERE,
) -> None:
    """Let a user in to Kafka, or change its password. What it may do there, `topics acls` says."""
    from agencynet import operations  # noqa: PLC0415 - the drivers take a second to load
    from agencynet.access import credentials, rules  # noqa: PLC0415

    settings = operations.settings(Local(data))
    if not rules.is_ours(settings.namespace + name, settings.namespace):
        known = ", ".join(rules.principals())
        raise CannotStart(f"{name} is not a user of the network.", f"Choose from {known} or staff.<agency>.")
    password, made = credentials.password_in(password_file)
    asyncio.run(credentials.set_password(settings, settings.namespace + name, password))
    which = "new password in" if made else "password in"
    out.print(f"{settings.namespace}{name} comes in with the {which} {password_file}.", markup=False)


@app.command()
def strimzi(data: Data = HERE) -> None:
    """Print topics and users for Strimzi's operators, every agency's too: pipe it to `kubectl apply -f -`.

    Where Strimzi keeps the users, it writes their rules and passwords, and `acls` and `user` are not for you.
    """
    from agencynet import manifests, operations  # noqa: PLC0415 - the drivers take a second to load

    agencies = sorted(asyncio.run(operations.slugs(operations.settings(Local(data)))))
    typer.echo(manifests.topics(agencies) + "---\n" + manifests.users(agencies), nl=False)
