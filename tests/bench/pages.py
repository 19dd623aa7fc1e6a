"""The portal's pages over HTTP, 50 a second, signed in, with all services up and the story's 1,200 people; and what
a first visit weighs.
"""

import random
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from time import perf_counter

import psutil
from rich.console import Console

from agencynet import operations
from agencynet.demo import Report, play
from agencynet.demo.scene import Scene
from agencynet.local import Local
from agencynet.system import System, start_all
from services.portal.handlers.signing_in import begin_session
from services.portal.store import people
from shared.mongo import Database
from tests.bench.ground import Ground
from tests.bench.http import Connection, at_a_rate, request
from tests.bench.rows import Row, spread

_PER_SECOND = 50
_OF_A_PAGE, _MIXED = 250, 1_500
_READERS = 50
_P95_MS, _FIRST_VISIT_KB = 100, 60
_DESIGN_SYSTEM = "fkui.css"
_FILE = re.compile(rb"/static/[0-9a-f]+/[\w.-]+")


@dataclass(frozen=True)
class Site:
    """The running system, and the cookies of people who are signed in."""

    system: System
    scene: Scene
    cookies: Sequence[str]

    @property
    def url(self) -> str:
        return self.system.urls["portal"]

    def seconds(self) -> dict[str, float]:
        """Of processor time that each service has used."""
        return {
            name: sum(psutil.Process(process.worker).cpu_times()[:2])
            for name, process in self.system.services.items()
        }


async def measure(ground: Ground) -> Sequence[Row]:
    async with _site(ground) as site:
        paths = _paths(site.scene)
        # Templates are compiled and copies of names made the first time.
        await _open(site, [path for path in paths.values() for _ in range(10)])
        rng = random.Random(ground.seed)
        before = site.seconds()
        mixed = rng.choices(list(paths.values()), k=ground.scaled(_MIXED))
        took = await _open(site, mixed)
        used = {name: seconds - before[name] for name, seconds in site.seconds().items()}
        rows = [
            *spread("all pages, mixed", took, p95=_P95_MS),
            Row("the portal's processor", round(used["portal"] / len(mixed) * 1e3, 1), "ms/page"),
            Row("all services' processor", round(sum(used.values()) / len(mixed) * 1e3, 1), "ms/page"),
        ]
        for name, path in paths.items():
            took = await _open(site, [path] * ground.scaled(_OF_A_PAGE))
            rows += spread(name, took, p95=_P95_MS)
        rows += [
            Row(
                f"a first visit to {path}",
                round(await _weight(site, path) / 1e3, 1),
                "kB",
                at_most=_FIRST_VISIT_KB,
            )
            for path in ("/sign-in", "/", "/people?q=upphandlare")
        ]
    return rows


@asynccontextmanager
async def _site(ground: Ground) -> AsyncIterator[Site]:
    local = Local(Path(ground.folder) / "pages")
    system = await start_all(local, ports="free", progress=lambda _: None)
    try:
        began = perf_counter()
        scene = await play(local, system.running, Report(Console(quiet=True)))
        ground.say(f"  the story took {perf_counter() - began:.0f} s")
        async with operations.database(operations.settings(local), "portal") as mongo:
            cookies = await _sign_in(mongo.db, scene, ground.seed)
        yield Site(system, scene, cookies)
    finally:
        await system.stop()


async def _sign_in(db: Database, scene: Scene, seed: int) -> list[str]:
    """As the lone specialist and some others: what a link in a mail leads to."""
    others = [one for one in scene.cast.everybody if not one.protected]
    chosen = [scene.lone, *random.Random(seed).sample(others, _READERS)]
    found = [await people.person(db, one.id) for one in chosen]
    return [
        f"session={await begin_session(db, person, 1, datetime.now(UTC))}"
        for person in found
        if person and person.status == "active"
    ]


def _paths(scene: Scene) -> Mapping[str, str]:
    lone = scene.lone
    return {
        "start": "/",
        "finding people": "/people?q=upphandlare+sundsvall",
        "a person": f"/people/{scene.officers[3].id}",
        "whom to call": f"/people/{lone.id}/alone",
        "meetings": "/meetings",
        "a meeting": f"/meetings/{scene.meeting['id']}",
        "calling a meeting": "/new-meeting",
        "courses": "/courses",
        "a course": f"/courses/{scene.occasion['course_id']}",
        "groups": "/groups",
        "questions": "/questions",
        "practice": "/practice?topic=friskvård",
        "my data": "/me",
        "mail": "/me/mail",
    }


async def _open(site: Site, paths: Sequence[str]) -> list[float]:
    readers = cycle(site.cookies)
    asked = [request(path, headers=_as(next(readers))) for path in paths]
    return await at_a_rate(site.url, asked, _PER_SECOND)


def _as(cookie: str) -> dict[str, str]:
    return {"Cookie": cookie, "Accept-Encoding": "gzip", "Accept-Language": "sv"}


async def _weight(site: Site, path: str) -> int:
    """Bytes of bodies that a browser fetches which has been nowhere here before, the design system apart."""
    headers = _as("" if path == "/sign-in" else site.cookies[0])
    plain = {name: value for name, value in headers.items() if name != "Accept-Encoding"}
    connection = await Connection.to(site.url)

    async def body(path: str, headers: Mapping[str, str]) -> bytes:
        status, content = await connection.send(request(path, headers=headers))
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return content

    try:
        weight = len(await body(path, headers))
        wanted = _FILE.findall(await body(path, plain))
        fetched: set[bytes] = set()
        while wanted:
            name = wanted.pop()
            if name in fetched or name.endswith(b"/" + _DESIGN_SYSTEM.encode()):
                continue
            fetched.add(name)
            weight += len(await body(name.decode(), headers))
            if name.endswith(b".css"):
                wanted += _FILE.findall(await body(name.decode(), plain))
        return weight
    finally:
        await connection.close()
