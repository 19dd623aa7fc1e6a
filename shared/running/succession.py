"""What a process that died has left open, closed at once by the one that starts in its place.

Kafka, MongoDB and leases all wait before they take a silent process for dead. Who starts under the name of
another knows better. It only saves the waiting: if the other one lives after all, its cursor has moved, its
claims are gone and its transaction is aborted, and it begins again.
"""

import asyncio
import re

import structlog
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from shared.kafka import clients as kafka
from shared.mongo import Indexes, Mongo
from shared.settings import ServiceSettings

log = structlog.get_logger()
INDEXES: Indexes = {"members": []}
_PATIENCE = 5.0
# Seconds after one another. What a process sent just before it died may come to MongoDB after its successor
# has looked: through a proxy, on a busy machine.
_LOOKS_AGAIN = (0.5, 1.0)


async def end_transactions(mongo: Mongo) -> int:
    """Abort what was open when the predecessor died, or what it wrote stays locked until the server's
    `transactionLifetimeLimitSeconds`. This process's own go on. Returns how many there were.
    """
    if not mongo.is_named:
        return 0
    # Without a "#": a process of a version that had no name of its own beside that of its place.
    predecessors = {"$regex": f"^{re.escape(mongo.name)}(#|$)", "$ne": mongo.appname}
    stages = [
        {"$currentOp": {"idleSessions": True, "allUsers": False}},
        {"$match": {"appName": predecessors, "transaction": {"$exists": True}}},
        {"$project": {"lsid": 1}},
    ]
    admin = mongo.client.get_database("admin", read_concern=ReadConcern("local"))
    try:
        sessions = [{"id": operation["lsid"]["id"]} async for operation in admin.aggregate(stages)]
        if sessions:
            await admin.command("killSessions", sessions)
            log.info("transactions.ended", count=len(sessions))
    except PyMongoError as error:
        # The server ends them on its own, some seconds later.
        log.warning("transactions.left", error=type(error).__name__, code=getattr(error, "code", None))
        return 0
    return len(sessions)


async def end_late_transactions(mongo: Mongo) -> None:
    """What the first look came too early for."""
    for seconds in _LOOKS_AGAIN:
        await asyncio.sleep(seconds)
        await end_transactions(mongo)


async def leave_group(settings: ServiceSettings, mongo: Mongo, group: str) -> None:
    """Take the predecessor out of the consumer group, so that its partitions are shared out now and not
    when its session has run out.
    """
    if not settings.instance:
        return
    try:
        found = await mongo.db.members.find_one({"_id": _name(settings, group)})
        if found is None:
            return
        async with asyncio.timeout(_PATIENCE), kafka.admin(settings) as admin:
            request = LeaveGroupRequest(settings.namespace + group, found["member"])
            coordinator = await admin.find_coordinator(settings.namespace + group)
            await admin._send_request_to_node(coordinator, request)  # pyright: ignore[reportPrivateUsage]
    except (KafkaError, PyMongoError, TimeoutError) as error:
        log.warning("predecessor.left_in_group", error=type(error).__name__)


async def remember_member(settings: ServiceSettings, mongo: Mongo, group: str, member: str) -> None:
    """For the successor: who this process is in the group."""
    if not settings.instance:
        return
    try:
        await mongo.db.members.update_one(
            {"_id": _name(settings, group)}, {"$set": {"member": member}}, upsert=True
        )
    except PyMongoError as error:
        log.warning("member.not_remembered", error=type(error).__name__)


def _name(settings: ServiceSettings, group: str) -> str:
    return f"{group}/{settings.instance}"
