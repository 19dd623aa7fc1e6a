"""Runs the rows one after another on one cluster while the load goes on, and checks everything at the end."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from traceback import format_exception
from typing import Any, Literal

from tests.faults import checks
from tests.faults.cluster import Cluster
from tests.faults.load import Load
from tests.faults.own_time import OwnTime
from tests.faults.row import Row
from tests.faults.scene import Broken, NotRun, Scene
from tests.faults.stage import Stage

_AGENCIES = ("bolagsverket", "csn", "spv")
_SETTLED_SECONDS = 60.0
_TRICKLE = 20.0
_STARTS = "everything runs and knows its people"


@dataclass(frozen=True, slots=True)
class Size:
    replicas: int
    staff: int
    """At each agency, to begin with."""
    records_per_second: float
    mails_per_second: float


FULL = Size(replicas=2, staff=3_400, records_per_second=52, mails_per_second=5)
SHORT = Size(replicas=1, staff=400, records_per_second=50, mails_per_second=5)


@dataclass(frozen=True, slots=True)
class Outcome:
    row: str
    promise: str
    result: Literal["green", "red", "not run"]
    seconds: float
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""


@dataclass
class Run:
    seed: int
    short: bool
    mutant: str = ""
    again: bool = False
    """Play a red row once more, which then decides; what it has lost is still found at the end."""
    told: Callable[[Outcome], None] = lambda _: None
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    seconds: float = 0.0
    own_seconds: float = 0.0
    records: int = 0
    mails: int = 0

    @property
    def green(self) -> bool:
        return all(outcome.result != "red" for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "short": self.short,
            "green": self.green,
            "seconds": round(self.seconds),
            "of_them_ours": round(self.own_seconds),
            "staff_records": self.records,
            "mails": self.mails,
            "rows": [asdict(outcome) for outcome in self.outcomes],
        }

    def _say(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.told(outcome)

    async def all(self, rows: Sequence[Row]) -> None:
        """Raises CannotStart when the cluster can't be had."""
        size = SHORT if self.short else FULL
        async with self._scene(size) as scene:
            for row in rows if self.green else ():
                outcome = await self._row(row, scene, size)
                if self.again and outcome.result == "red":
                    self.told(outcome)
                    outcome = await self._row(row, scene, size)
                self._say(outcome)
            if self.green or not self.mutant:
                self._say(await self._row(_END, scene, size))
            self.records, self.mails = scene.load.ledger.records, len(scene.cluster.mail.received)

    @asynccontextmanager
    async def _scene(self, size: Size) -> AsyncIterator[Scene]:
        rng = Random(self.seed)
        with tempfile.TemporaryDirectory(prefix="agencynet-faults-") as folder:
            cluster = Cluster(Path(folder), size.replicas, self.mutant)
            clock = OwnTime(cluster.pids)
            ticking = asyncio.create_task(clock.run(), name="own time")
            try:
                began = monotonic()
                await cluster.start()
                load = Load(cluster.settings, clock.now, Random(rng.random()), _AGENCIES, size.staff)
                stage = Stage(cluster, load)
                scene = Scene(cluster, load, stage, rng, self.short, clock)
                await stage.join(_AGENCIES)
                await load.start()
                try:
                    await load.everybody()
                    try:
                        await scene.settled(within=30 if self.mutant else 120)
                        await stage.build()
                    except (Broken, TimeoutError) as error:
                        self._say(Outcome("start", _STARTS, "red", monotonic() - began, why=str(error)))
                    else:
                        self._say(Outcome("start", _STARTS, "green", monotonic() - began))
                    yield scene
                finally:
                    await load.stop()
            finally:
                ticking.cancel()
                await cluster.stop()
                if kept := os.environ.get("AGENCYNET_FAULTS_KEEP"):
                    shutil.copytree(Path(folder) / "log", kept, dirs_exist_ok=True)

    async def _row(self, row: Row, scene: Scene, size: Size) -> Outcome:
        scene.figures = {}
        began, own = monotonic(), scene.now()
        result: Literal["green", "red", "not run"] = "green"
        why = ""
        if row is not _END:
            scene.load.pace(size.records_per_second, size.mails_per_second)
        try:
            await row.run(scene)
            await scene.settled(within=_SETTLED_SECONDS)
        except NotRun as refusal:
            result, why = "not run", str(refusal)
        except Broken as broken:
            result, why = "red", "\n".join([str(broken), *await scene.cluster.complaints()])
        except Exception as error:  # noqa: BLE001 - what a fault does to the suite itself is to be seen too
            result, why = "red", "".join(format_exception(error)[-6:])
        self.own_seconds += scene.now() - own
        self.seconds += monotonic() - began
        outcome = Outcome(row.name, row.promise, result, monotonic() - began, dict(scene.figures), why)
        if row is not _END:
            await scene.cluster.heal()
        return outcome


async def _everything_is_there(scene: Scene) -> None:
    """Once Kafka has compacted, the load ends, all of it arrives, and nothing is wrong anywhere."""
    # Kafka closes a segment, a minute old, when the next record comes.
    scene.load.pace(_TRICKLE, 0)
    wrong: list[str] = []
    try:
        await scene.until("Kafka has compacted", lambda: _has_compacted(scene), within=120, every=2)
    except Broken as broken:
        wrong.append(str(broken))
    await scene.load.silence()
    await scene.settled(within=120)
    found = await scene.until(
        "nothing waits any more", lambda: checks.left_over(scene.cluster), lambda wrong: not wrong, within=30
    )
    wrong += [
        *await checks.everything(scene.cluster, scene.load, scene.may_repeat),
        *await scene.stage.undone(),
        *await scene.stage.miscounted(),
    ]
    scene.measured("staff records", scene.load.ledger.records)
    scene.measured("mails", len(scene.cluster.mail.received))
    scene.measured("settled after s", found)
    scene.measured("undecidable at most", scene.may_repeat)
    scene.require(not wrong, "\n".join(wrong))


async def _has_compacted(scene: Scene) -> bool:
    """Or has nothing to: of most people it was told no second state."""
    people, announced, kept = await checks.compacted(scene.cluster)
    scene.measured("states kept of announced", f"{kept}/{announced}")
    return kept < announced or announced <= 2 * people


_END = Row(
    "all-acknowledged",
    "every database, state topic and mail against what was acknowledged",
    _everything_is_there,
)
