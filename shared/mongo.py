"""MongoDB: the client, and the transaction that everything happens in."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from types import MappingProxyType
from typing import Any, TypeVar

from bson.codec_options import CodecOptions, TypeEncoder, TypeRegistry
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import IndexModel
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from shared import failpoints
from shared.settings import ServiceSettings

Result = TypeVar("Result")
Thing = TypeVar("Thing")
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]
Indexes = dict[str, list[IndexModel]]
# What a service does in the transaction that brings a fact about, in this order, by the kind of fact.
Reactions = Mapping[type, Sequence[Callable[["Transaction", Sequence[Any], datetime], Awaitable[None]]]]
_NO_REACTIONS: Reactions = MappingProxyType({})


class _DateAsText(TypeEncoder):
    """BSON has instants but no days."""

    python_type = date  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    def transform_python(self, value: date) -> str:
        return value.isoformat()


class NoReplicaSet(Exception):  # noqa: N818
    """Transactions need a replica set; a single node can be one."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who announces, and over how many relays it is spread."""

    service: str
    namespace: str
    shards: int


@dataclass(slots=True)
class Transaction:
    """One unit of work: all of it happens, or nothing. shared/publishing/outbox.py writes `announced`."""

    db: Database
    session: AsyncIOMotorClientSession
    sender: Sender
    reactions: Reactions
    announced: list[Document] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    async def react(self, facts: Iterable[object], now: datetime) -> None:
        """Call the service's reactions to these facts, in the order of its table.

        Raises:
            KeyError: the table does not name this kind of fact.
        """
        by_kind: dict[type, list[object]] = {}
        for fact in facts:
            by_kind.setdefault(type(fact), []).append(fact)
        for kind in self.reactions:
            if found := by_kind.pop(kind, None):
                for reaction in self.reactions[kind]:
                    await reaction(self, found, now)
        if by_kind:
            raise KeyError(f"No reaction to {', '.join(sorted(kind.__name__ for kind in by_kind))}")


# A transaction was open for longer than the server's transactionLifetimeLimitSeconds, or an operation for
# longer than it was given.
_TOOK_TOO_LONG = {
    50,  # MaxTimeMSExpired
    262,  # ExceededTimeLimit
    290,  # TransactionExceededLifetimeLimitSeconds
}
_NO_SUCH_TRANSACTION = 251
# Of a transaction: no server may be told less.
_LEAST_LIFETIME = 1.0
# Codes that say that the same may work in a moment, whether or not the server put a label beside them: of
# reads outside transactions it puts none.
_PASSING = _TOOK_TOO_LONG | {
    6,  # HostUnreachable
    7,  # HostNotFound
    24,  # LockTimeout
    43,  # CursorNotFound: the server closed it, restarted or has another primary
    46,  # LockBusy
    89,  # NetworkTimeout
    91,  # ShutdownInProgress
    112,  # WriteConflict
    133,  # FailedToSatisfyReadPreference
    134,  # ReadConcernMajorityNotAvailableYet
    175,  # QueryPlanKilled
    189,  # PrimarySteppedDown
    202,  # NetworkInterfaceExceededTimeLimit
    225,  # TransactionTooOld
    237,  # CursorKilled
    239,  # SnapshotTooOld
    246,  # SnapshotUnavailable
    _NO_SUCH_TRANSACTION,  # the server has aborted it
    267,  # PreparedTransactionInProgress
    314,  # ObjectIsBusy
    317,  # ConnectionPoolExpired
    365,  # TemporarilyUnavailable: the cache is full of what is not written yet
    384,  # ConnectionError
    10107,  # NotWritablePrimary
    11600,  # InterruptedAtShutdown
    11601,  # Interrupted
    11602,  # InterruptedDueToReplStateChange
    13388,  # StaleConfig
    13435,  # NotPrimaryNoSecondaryOk
    13436,  # NotPrimaryOrSecondary
}
_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


def is_transient(error: BaseException) -> bool:
    """Whether trying again may help although nothing changes."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | TimeoutError | TookTooLong):
        return True
    return isinstance(error, PyMongoError) and (
        bool(_codes(error) & _PASSING) or any(map(error.has_error_label, _LABELS))
    )


class TookTooLong(PyMongoError):  # noqa: N818 - errors name the situation
    """The server ends transactions that are open for long, and has ended this one twice. Smaller, it may do;
    beside less, the same may do.
    """


def _was_ended(error: PyMongoError, seconds: float) -> bool:
    """Whether the server ended the transaction because it was open for so many seconds. Between two
    statements it only says that there is no such transaction.
    """
    codes = _codes(error)
    return bool(codes & _TOOK_TOO_LONG) or (seconds > _LEAST_LIFETIME and _NO_SUCH_TRANSACTION in codes)


def _codes(error: PyMongoError) -> set[int]:
    """Of the error, and of the writes that failed within it."""
    details = getattr(error, "details", None) or {}
    inner = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
    codes = [getattr(error, "code", None), *(each.get("code") for each in inner)]
    return {code for code in codes if code is not None}


class Mongo:
    def __init__(self, settings: ServiceSettings, service: str, reactions: Reactions = _NO_REACTIONS) -> None:
        self._reactions = reactions
        self._sender = Sender(service, settings.namespace, settings.outbox_shards)
        self.is_named = bool(settings.instance)
        self.name = f"{settings.namespace}{service}@{settings.instance}" if self.is_named else service
        """The same for all processes that have come after one another in one place."""
        self.appname = f"{self.name}#{secrets.token_hex(4)}" if self.is_named else service
        self.client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.mongodb,
            tz_aware=True,
            appname=self.appname,
            serverSelectionTimeoutMS=5_000,
            connectTimeoutMS=5_000,
            # How soon, and `connectTimeoutMS` later, a primary that is stopped is noticed: who waits for its
            # answer then turns to the one that the others have chosen.
            heartbeatFrequencyMS=2_000,
            # A stopped primary keeps its sockets open; without this a call to it would never end.
            socketTimeoutMS=20_000,
            w="majority",
            journal=True,
            readConcernLevel="majority",
        )
        self.db: Database = self.client.get_database(
            settings.namespace + service,
            codec_options=CodecOptions(tz_aware=True, type_registry=TypeRegistry([_DateAsText()])),
        )
        self.look_seconds = settings.look_seconds
        self._on_announced: list[Callable[[], None]] = []
        self._on_committed: list[Callable[[], None]] = []

    async def prepare(self, indexes: Indexes) -> None:
        """Create what indexes are missing.

        Raises:
            NoReplicaSet: the server can't do transactions.

        """
        hello = await self.client.admin.command("hello")
        if not hello.get("setName"):
            raise NoReplicaSet(
                "MongoDB runs without a replica set: start mongod with --replSet rs0 and run rs.initiate()."
            )
        await asyncio.gather(*(self._create(collection, models) for collection, models in indexes.items()))

    async def _create(self, collection: str, models: list[IndexModel]) -> None:
        if models:
            await self.db[collection].create_indexes(models)
            return
        # Creating a collection inside a transaction would conflict with everybody else who does so.
        try:
            await self.db.command("create", collection)
        except OperationFailure as error:
            if error.code != 48:  # NamespaceExists
                raise

    def when_announced(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit that put something into the outbox."""
        self._on_announced.append(wake)

    def when_committed(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit."""
        self._on_committed.append(wake)

    def committed(self) -> None:
        """Something was written for good, in a transaction or not, that somebody here may wait for."""
        for wake in self._on_committed:
            wake()

    async def transact(
        self, work: Callable[[Transaction], Awaitable[Result]], *, patience: float = 30.0
    ) -> Result:
        """Run `work` in a transaction and commit with majority; on a conflict or a lost primary, again from
        the start, for up to `patience` seconds. `work` may therefore run several times and keeps its effects
        to the transaction.

        Raises:
            TookTooLong: it is too much for one transaction.

        """
        deadline = monotonic() + patience
        attempt = too_long = 0
        while True:
            began = monotonic()
            try:
                # Each try has a session of its own. What a failed one has left under way in a thread of the
                # driver, waiting for a connection say, would write outside any transaction once the session
                # is in none, or inside the next; an ended session refuses it.
                async with await self.client.start_session(causal_consistency=False) as session:
                    return await self._once(session, work, deadline)
            except PyMongoError as error:
                if (task := asyncio.current_task()) and task.cancelling():
                    # Cancelled in the middle of the commit, the driver tries to abort what its thread is
                    # committing, and its error takes the cancellation's place.
                    raise asyncio.CancelledError from error
                too_long += _was_ended(error, monotonic() - began)
                # Once it may have waited for others; twice, it is too much for one transaction.
                if too_long > 1:
                    raise TookTooLong(str(error)) from error
                if not is_transient(error) or monotonic() > deadline:
                    raise
                attempt += 1
                # Full jitter: those who collided must not collide again in step.
                await asyncio.sleep(random.uniform(0.001, min(1.0, 0.004 * 2**attempt)))

    async def in_parts(
        self,
        things: Sequence[Thing],
        work: Callable[[Transaction, Sequence[Thing]], Awaitable[Result]],
        *,
        most: int,
    ) -> AsyncIterator[Result]:
        """`work` on at most `most` of them in a transaction, on fewer where that takes too long; yields after
        each commit. What was yielded stands when a later part fails.
        """
        done = 0
        while done < len(things):
            part = things[done : done + most]
            try:
                result = await self.transact(lambda tx, part=part: work(tx, part))
            except TookTooLong:
                if len(part) == 1:
                    raise
                most = len(part) // 2
                continue
            done += len(part)
            yield result

    async def _once(
        self,
        session: AsyncIOMotorClientSession,
        work: Callable[[Transaction], Awaitable[Result]],
        deadline: float,
    ) -> Result:
        failpoints.passing("transaction.due")
        tx = Transaction(self.db, session, self._sender, self._reactions)
        async with session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern("majority", j=True),
            read_preference=ReadPreference.PRIMARY,
        ):
            result = await work(tx)
            if tx.announced:
                await tx.db.outbox.insert_many(tx.announced, session=session)
            failpoints.passing("transaction.written")
            await self._commit(session, deadline)
        failpoints.passing("transaction.committed")
        self.committed()
        if tx.announced:
            for wake in self._on_announced:
                wake()
        for effect in tx.after_commit:
            effect()
        return result

    @staticmethod
    async def _commit(session: AsyncIOMotorClientSession, deadline: float) -> None:
        while True:
            try:
                return await session.commit_transaction()
            except PyMongoError as error:
                # The outcome is unknown; committing again is idempotent and tells it.
                if not error.has_error_label("UnknownTransactionCommitResult") or monotonic() > deadline:
                    raise
                await asyncio.sleep(random.uniform(0.01, 0.2))

    def close(self) -> None:
        self.client.close()
