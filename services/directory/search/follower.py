"""Each process keeps its own search index of everybody who may be seen.

The topic says who has changed; MongoDB, how they are now. So no order of messages can bring an older state
back, and a message that is read twice does no harm.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import date
from time import monotonic

import structlog
from pymongo.errors import PyMongoError

from services.directory.agencies.store import agencies
from services.directory.days import today
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.fields import seen
from services.directory.people.store import profiles
from services.directory.search.engine import SAMPLE, PersonWords, SearchIndex, Vocabulary
from services.directory.vocabulary import ROLES
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.kafka.tail import Missed, Tail, TailError
from shared.mongo import Document
from shared.observing.health import Progress
from shared.service import Service

log = structlog.get_logger()
_CHUNK = 500
# A commit costs about the same for one as for a thousand.
_BETWEEN_COMMITS = 0.2
_BETWEEN_CHECKS = 5.0


def follow_people(service: Service) -> Coroutine[None, None, None]:
    """Load everybody, then follow; the service is not ready before the load is done."""
    # Before the task has its first turn: a service that seems ready without its index would answer 503.
    loading = service.health.watch("search index", patience=0)
    loading.stuck("people are being loaded")
    return _follow_people(service, loading)


async def _follow_people(service: Service, loading: Progress) -> None:
    following = service.health.watch("search follower")
    while True:
        follower = _Follower(service)
        try:
            await follower.start(loading)
            service.app.state.search = follower.index
            loading.moved()
            await follower.follow(following)
        except Missed as missed:
            log.warning("search.loading_again", why=str(missed))
        except (PyMongoError, *TailError) as error:
            following.stuck(type(error).__name__)
            log.warning("search.start_postponed", error=type(error).__name__)
            await asyncio.sleep(1)
        finally:
            await follower.stop()


class _Follower:
    def __init__(self, service: Service) -> None:
        self.index = SearchIndex(Vocabulary(role.model_dump() for role in ROLES.values()))
        self._db = service.mongo.db
        self._state = service.app.state
        self._tail = Tail(service.settings, DIRECTORY_PEOPLE)
        self._names: dict[str, tuple[str, ...]] = {}
        self._waiting: set[str] = set()

    async def start(self, loading: Progress) -> None:
        # Before the load: what is committed meanwhile is told afterwards.
        await self._tail.start()
        await self._load(loading)

    async def stop(self) -> None:
        await self._tail.stop()

    async def follow(self, progress: Progress) -> None:
        committed = checked = monotonic()
        while True:
            try:
                self._waiting |= await self._tail.keys(_BETWEEN_COMMITS)
                if self._waiting and monotonic() - committed >= _BETWEEN_COMMITS:
                    await self._refresh()
                    committed = monotonic()
                if monotonic() - checked >= _BETWEEN_CHECKS:
                    await self._tail.check()
                    await self._load_if_renamed()
                    checked = monotonic()
                progress.moved()
            except (PyMongoError, *TailError) as error:
                progress.stuck(type(error).__name__)
                log.warning("search.following_postponed", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _load(self, loading: Progress | None = None) -> None:
        started, loaded = monotonic(), 0
        self._names = await agencies.names(self._db)
        async for documents in profiles.all_visible(self._db, SAMPLE):
            await asyncio.to_thread(self._put, documents)
            loaded += len(documents)
            # A caller of /readyz sees that it gets on. Once it is ready, a second load leaves it so.
            if loading and loading.since is not None:
                loading.stuck(f"people are being loaded, {loaded} so far")
        await asyncio.to_thread(self.index.commit)
        log.info("search.loaded", people=len(self.index), seconds=round(monotonic() - started, 1))

    async def _load_if_renamed(self) -> None:
        """An agency has another name, which all its people are found by."""
        names = await agencies.names(self._db)
        if any(names.get(slug, known) != known for slug, known in self._names.items()):
            await self._load()

    async def _refresh(self) -> None:
        waiting = sorted(self._waiting)
        for start in range(0, len(waiting), _CHUNK):
            ids = waiting[start : start + _CHUNK]
            found = await profiles.find_many(self._db, ids)
            if any(person["agency"] not in self._names for person in found.values()):
                self._names = await agencies.names(self._db)
            await asyncio.to_thread(self._put, found.values())
            await asyncio.to_thread(self.index.remove, [id_ for id_ in ids if id_ not in found])
        await asyncio.to_thread(self.index.commit)
        self._waiting.clear()

    def _put(self, people: Iterable[Document]) -> None:
        # Roles begin and end by the day; on that day the topic tells of the person again.
        day = today(self._state.clock())
        self.index.put(words_of(each, self._names.get(each["agency"], ()), day) for each in people)


def words_of(person: Document, agency_names: tuple[str, ...], day: date) -> PersonWords:
    """What of a person anybody in the network can search on that day."""
    person = seen(person, "network")
    in_force = role_codes(person, day)
    assigned = {each["code"] for each in person["assignments"]}
    return PersonWords(
        id=person["_id"],
        agency=person["agency"],
        agency_names=agency_names,
        given_name=person["given_name"],
        family_name=person["family_name"],
        title=person["title"],
        roles=tuple(code for code in in_force if code not in assigned),
        assignments=tuple(code for code in in_force if code in assigned),
        specialties=tuple(person["specialties"]),
        place=person["place"],
        unit=person["unit"],
        phone=person["phone"],
        email=person["email"] or "",
        ask_me_about=tuple(person["ask_me_about"]),
        groups=tuple(person["groups"]),
        version=person["version"],
    )
