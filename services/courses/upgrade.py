"""What an earlier version found due by looking through occasions and sweeps."""

from services.courses.handlers.occasions import due_rows
from services.courses.models.documents import Occasion
from services.courses.store.sweeps import due_row
from shared.consuming.states import from_document
from shared.due import Row
from shared.due.moving import follow_all
from shared.mongo import Document, Mongo


async def upgrade(mongo: Mongo) -> None:
    await follow_all(mongo, "occasions", _occasion)
    await follow_all(mongo, "sweeps", lambda sweep: [due_row(sweep["_id"], sweep["next_at"])])


def _occasion(document: Document) -> list[Row]:
    return due_rows(from_document(Occasion, document))
