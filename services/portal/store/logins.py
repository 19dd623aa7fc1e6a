"""Attempts to sign in at an agency's own provider. Of what the browser holds only the SHA-256 is kept."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from shared.mongo import Database, Document, Indexes

INDEXES: Indexes = {"logins": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]}


async def insert(db: Database, document: Document) -> None:
    await db.logins.insert_one(document)


async def take(db: Database, sha256: str, browser: str, now: datetime) -> Document | None:
    return await db.logins.find_one_and_delete(
        {"_id": sha256, "browser": browser, "expires_at": {"$gt": now}}
    )
