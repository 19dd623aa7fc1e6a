"""What an operator does with the databases and with Kafka. Each is one transaction through the handlers that
the services use themselves, so nothing is done here that they would not announce.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from stamina.instrumentation import set_on_retry_hooks

import services.directory
from agencynet import topic_plan
from agencynet.access import kafka as access
from agencynet.access.rules import of_agency
from agencynet.keys import signing_key
from agencynet.local import SERVICES, Local, environment
from agencynet.stack.errors import CannotStart
from services.directory.agencies.handlers import agencies
from services.directory.agencies.store import agencies as agency_store
from services.directory.intake.handlers import mass_leaves as mass_leave_handlers
from services.directory.intake.handlers import versions
from services.directory.intake.models import MassLeave
from services.directory.intake.refusals import NoSuchMassLeave
from services.directory.intake.store import leaves as leave_store
from services.directory.people.handlers import joining
from services.directory.people.store import people
from services.directory.privacy.handlers import departures
from services.directory.reactions import REACTIONS
from services.portal.handlers import signing_in
from services.portal.settings import PortalSettings
from shared import auth
from shared.audit import actors
from shared.audit import entries as audit
from shared.contracts.topics import TOPICS, Topic, staff_topic
from shared.kafka import clients as kafka
from shared.moments import now_ms
from shared.mongo import Document, Mongo, Transaction
from shared.settings import ServiceSettings

# What an agency's own systems need for everything that the network offers.
ALL_SCOPES = tuple(scope for scope in auth.SCOPES if scope != "network:admin")


def settings(local: Local) -> ServiceSettings:
    """As the services on this machine have them."""
    told = {name.removeprefix("AGENCYNET_").lower(): value for name, value in environment(local).items()}
    return ServiceSettings.model_validate(
        {name: value for name, value in told.items() if name in ServiceSettings.model_fields}
    )


def open_database(settings: ServiceSettings, service: str) -> Mongo:
    """As the service opens it: a person who is saved from outside its process has the same reactions."""
    return Mongo(settings, service, REACTIONS if service == "directory" else {})


@asynccontextmanager
async def database(settings: ServiceSettings, service: str) -> AsyncIterator[Mongo]:
    mongo = open_database(settings, service)
    try:
        await mongo.prepare({})
        with actors.acting(actors.operator()):
            yield mongo
    finally:
        mongo.close()


async def slugs(settings: ServiceSettings) -> list[str]:
    """The agencies'."""
    async with database(settings, "directory") as mongo:
        return [agency["_id"] for agency in await agency_store.list_all(mongo.db)]


async def all_topics(settings: ServiceSettings) -> list[Topic]:
    """Those in the code, and every agency's feed."""
    return [*TOPICS.values(), *map(staff_topic, await slugs(settings))]


async def apply_topics(settings: ServiceSettings) -> list[str]:
    """Create what topics are missing, and mend in the others what may be; returns the names of the new."""
    wanted = await all_topics(settings)
    created = await kafka.create_topics(settings, wanted)
    await topic_plan.mend(settings, await topic_plan.plan(settings, wanted))
    return created


async def await_coordinators(settings: ServiceSettings) -> None:
    """So that no service's first words are complaints."""
    # Stamina would print a line at each try.
    set_on_retry_hooks([])
    await kafka.await_coordinators(settings, SERVICES)


async def add_agency(
    settings: ServiceSettings,
    slug: str,
    fields: dict[str, Any],
    coordinator: dict[str, str] | None = None,
    *,
    token: bool = False,
) -> str | None:
    """The agency joins; its feed's topic is there when this returns, and its user may write to it. Returns
    the token of its HR system, where one is wanted.

    Raises:
        AgencyExists: the slug is taken.

    """
    now = datetime.now(UTC)

    async def work(tx: Transaction) -> str | None:
        await agencies.add_agency(tx, slug, fields, now)
        if coordinator:
            await joining.appoint(tx, slug, coordinator, now)
        made = await agencies.create_token(tx, slug, "hr-system", joining.HR_SCOPES, now) if token else None
        return made[0] if made else None

    async with database(settings, "directory") as mongo:
        made = await mongo.transact(work)
    await kafka.create_topics(settings, [staff_topic(slug)])
    # Where Kafka has no authorizer, everybody may write everywhere and there is nothing to allow.
    with contextlib.suppress(access.NoAuthorizer):
        await access.allow(settings, [of_agency(slug, settings.namespace)])
    return made


async def reset_versions(settings: ServiceSettings, slug: str, employee_ids: list[str] | None) -> int:
    """
    Raises:
        NotFound: there is no such agency.
    """
    async with database(settings, "directory") as mongo:
        return await mongo.transact(lambda tx: versions.forget(tx, slug, employee_ids))


async def leave(
    settings: ServiceSettings,
    slug: str,
    archive: Path,
    confirm: Callable[[Document], bool],
    patience: float = 600,
) -> Document:
    """The agency's data of every service into `archive`, and then, once `confirm` says yes to what is in it,
    nothing of the agency is left anywhere. Returns the departure.

    Raises:
        NotFound: there is no such agency.
        CannotStart: a service has not answered for `patience` seconds.

    """
    now = datetime.now(UTC)
    async with database(settings, "directory") as mongo:
        job = await mongo.transact(lambda tx: departures.begin(tx, slug, "operator", now))
        job = await _departure_until(mongo, job, {"ready"}, patience)
        with archive.open("wb") as file:
            async for piece in await departures.hand_out(mongo, job):
                file.write(piece)
        if confirm(job):
            job = await mongo.transact(lambda tx: departures.complete(tx, job["_id"]))
            job = await _departure_until(mongo, job, {"gone"}, patience)
    return job


async def _departure_until(mongo: Mongo, job: Document, states: set[str], patience: float) -> Document:
    """The services do the work: each holds something of the agency's."""
    deadline = monotonic() + patience
    while (job := await departures.load(mongo.db, job["_id"]))["state"] not in states:
        if monotonic() > deadline:
            waits = ", ".join(await departures.missing(mongo.db, job)) or "directory"
            raise CannotStart(
                f"{job['agency']} is {job['state']}: these services have not answered: {waits}.",
                "Start them. They go on by themselves; then say the same again.",
            )
        await asyncio.sleep(0.2)
    return job


async def create_token(
    settings: ServiceSettings, agency: str, name: str, scopes: Sequence[str]
) -> tuple[str, Document]:
    """A system's token, and what is kept of it. The services know it within a second.

    Raises:
        NotFound: there is no such agency.

    """
    if unknown := sorted(set(scopes) - set(auth.SCOPES)):
        raise CannotStart(
            f"There is no scope {', '.join(unknown)}.", f"Choose from {', '.join(auth.SCOPES)}."
        )

    async def work(tx: Transaction) -> tuple[str, Document]:
        return await agencies.create_token(tx, agency, name, scopes, datetime.now(UTC))

    async with database(settings, "directory") as mongo:
        return await mongo.transact(work)


async def create_person_token(local: Local, settings: ServiceSettings, address: str) -> tuple[str, Document]:
    """A person's token, good for an hour, and the person. Raises CannotStart if there is no such person."""
    async with database(settings, "directory") as mongo:
        found = [one for one in await people.find_by_email(mongo.db, address) if not one["protected"]]
    if not found:
        raise CannotStart(
            f"Nobody in the directory has the address {address}.", "Search in GET /directory/v1/people."
        )
    if len(found) > 1:
        named = ", ".join(sorted(person["agency"] for person in found))
        raise CannotStart(f"{address} is an address at several agencies: {named}.", "Use one of their own.")
    person = found[0]
    async with database(settings, "directory") as mongo:
        about = {"agency": person["agency"], "person": person["_id"]}
        await audit.record_reading(mongo, "person_token.made", **about)
    key = signing_key(local.keys)
    return auth.person_token(key, person["_id"], person["agency"], datetime.now(UTC)), person


def portal_url(local: Local) -> str:
    """Where people find the portal."""
    return environment(local).get("AGENCYNET_PORTAL_URL") or PortalSettings().url


async def create_login_link(settings: ServiceSettings, portal: str, address: str) -> tuple[str, str]:
    """A link that signs its owner in, once, and their name. Raises CannotStart where nobody may."""
    async with database(settings, "portal") as mongo:
        found = await signing_in.link_for(mongo, address, portal, now_ms(datetime.now(UTC)))
    if not found:
        raise CannotStart(
            f"Nobody can sign in as {address}.",
            "It must be the address, at their own agency, of exactly one person whom all may see.",
        )
    link, person = found
    async with database(settings, "directory") as mongo:
        # Whoever has the link is that person to everybody: it is written down before it is shown.
        await audit.record_reading(mongo, "sign_in_link.made", agency=person.agency, person=person.id)
    return link, person.display_name


async def mass_leaves(settings: ServiceSettings, agency: str | None) -> list[dict[str, Any]]:
    """The latest first."""
    async with database(settings, "directory") as mongo:
        return [_shown(found) for found in await leave_store.list_mass_leaves(mongo.db, agency)]


async def mass_leave(settings: ServiceSettings, id_: str) -> dict[str, Any]:
    """With its people.

    Raises:
        NotFound: there is none.

    """
    async with database(settings, "directory") as mongo:
        found = await leave_store.find_mass_leave(mongo.db, id_)
        if found is None:
            raise NoSuchMassLeave
        people = await mass_leave_handlers.people(mongo, found, 0, 100_000)
    return {
        **_shown(found),
        "people": [
            {
                "person_id": held.id,
                "employee_id": held.employee_id,
                "display_name": name,
                "held_at": held.at,
            }
            for held, name in people
        ],
    }


async def decide_mass_leave(
    settings: ServiceSettings, id_: str, decision: mass_leave_handlers.Decision
) -> dict[str, Any]:
    """
    Raises:
        NotFound: there is none.
        Conflict: it was decided otherwise already.

    """

    async def work(tx: Transaction) -> MassLeave:
        return await mass_leave_handlers.decide(tx, id_, decision, "operator", datetime.now(UTC))

    async with database(settings, "directory") as mongo:
        return _shown(await mongo.transact(work))


def _shown(mass_leave: MassLeave) -> dict[str, Any]:
    shown = asdict(mass_leave)
    del shown["told"]
    return {name: value for name, value in shown.items() if value is not None}


def nine_agencies() -> Iterable[tuple[str, dict[str, Any]]]:
    """The network's first: slug and fields. Their feeds carry the flag of protected identity."""
    data = Path(next(iter(services.directory.__path__))) / "data" / "agencies.json"
    for agency in json.loads(data.read_text(encoding="utf-8")):
        yield agency.pop("slug"), {**agency, "protection": "carried"}
