"""What coordinators hear when their agency's topic is not as it should be."""

from datetime import datetime

from services.directory.agencies.store import agencies
from services.directory.telling import tell
from shared.consuming import interruptions
from shared.contracts.notify import FeedInterrupted
from shared.contracts.topics import STAFF_PREFIX
from shared.mongo import Document, Transaction


async def tell_coordinators(tx: Transaction, topic: str, found: list[Document], now: datetime) -> None:
    """One mail each about all of it."""
    await interruptions.mark_told(tx, [each["_id"] for each in found])
    slug = topic.removeprefix(STAFF_PREFIX)
    agency = await agencies.load(tx, slug)
    if agency is None:
        return
    notice = FeedInterrupted(
        agency=slug,
        # What was passed over in the meantime is still to be sent again.
        unreadable=sum(each["kind"] == "unreadable" for each in found),
        missed=_offsets(found, "gap"),
        went_back=_offsets(found, "went_back"),
        remade=any(each["kind"] == "remade" for each in found),
        at=min(each["at"] for each in found),
    )
    for coordinator in agency["coordinators"]:
        tell(
            tx,
            coordinator,
            "directory.feed_interrupted",
            subject=f"feed/{slug}",
            version=round(now.timestamp() * 1_000),
            notice=notice,
        )


def _offsets(found: list[Document], kind: str) -> int:
    return sum(each["next"] - each["first"] for each in found if each["kind"] == kind)
