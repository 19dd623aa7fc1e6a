"""What is said to mongod about its replica set. Blocks: call it in a thread."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

_NOT_YET_INITIALIZED = 94


class Unreachable(Exception):  # noqa: N818 - errors name the situation
    pass


def exists(address: str, within: float) -> bool:
    """Whether the MongoDB there has transactions. Raises Unreachable, also for a wrong user or password."""
    try:
        with _client(address, within) as client:
            hello = client.admin.command("hello")
    # The driver says ValueError to an address with an impossible port.
    except (PyMongoError, ValueError) as error:
        raise Unreachable(str(error)) from error
    return "setName" in hello or hello.get("msg") == "isdbgrid"


def make_primary(name: str, port: int, within: float) -> None:
    """Make the mongod on `port` the one member and primary of the set. Repeats harmlessly.

    Data from an earlier run knows itself under that run's port and is told the new one. Raises Unreachable
    when that takes longer than `within` seconds.
    """
    member = f"127.0.0.1:{port}"
    try:
        with _client(f"mongodb://{member}/?directConnection=true", within) as client:
            _configure(client, name, member)
        # This one asks for the primary and so waits for it.
        with _client(f"mongodb://{member}/?replicaSet={name}", within) as client:
            client.admin.command("ping")
    except PyMongoError as error:
        raise Unreachable(str(error)) from error


def _configure(client: MongoClient[dict[str, Any]], name: str, member: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        config = {"_id": name, "members": [{"_id": 0, "host": member}]}
        client.admin.command("replSetInitiate", config)
        return
    if config["members"][0]["host"] != member:
        config["members"][0]["host"] = member
        config["version"] += 1
        # There is no primary to ask: the member does not find itself under its old address.
        client.admin.command("replSetReconfig", config, force=True)


def _client(address: str, seconds: float) -> MongoClient[dict[str, Any]]:
    return MongoClient(address, serverSelectionTimeoutMS=int(seconds * 1000))
