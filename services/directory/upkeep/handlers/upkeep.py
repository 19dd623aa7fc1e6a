"""People hear who edited their profile, and are asked now and then whether it is still right (D7, D15)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.directory.people.rules.facts import PersonEdited, VisibilityChanged
from services.directory.people.rules.history import changes
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.settings import settings
from services.directory.telling import tell
from services.directory.upkeep.store import upkeep
from shared.auth import digest
from shared.contracts.community import PeerLine
from shared.contracts.profiles import ProfileEdited, StillRight
from shared.moments import now_ms
from shared.mongo import Document, Mongo, Transaction
from shared.refusals import LinkHasExpired, NoSuchLink

ASKED_AFTER = timedelta(days=180)
_LINK_LASTS = timedelta(days=60)


async def on_person_edited(tx: Transaction, edits: Sequence[PersonEdited], now: datetime) -> None:
    """Ask people later who edit their own profile: they have looked at it. Those whom a colleague edits get
    one mail soon, for all edits until then.
    """
    for edit in edits:
        person = dict(edit.after)
        if edit.by.kind == "person":
            await upkeep.postpone(tx, person["_id"], now_ms(now + ASKED_AFTER))
        elif edit.by.is_colleague and edit.by.person_id and is_visible(person):
            fields = [each.field for each in changes(edit.before, edit.after)]
            due_at = now_ms(now + timedelta(minutes=settings().edits_gathered_minutes))
            await upkeep.note_edit(tx, person["_id"], fields, edit.by.person_id, due_at)


async def on_visibility_changed(
    tx: Transaction, changed: Sequence[VisibilityChanged], _now: datetime
) -> None:
    """Ask and tell hidden people nothing."""
    if hidden := [change.person_id for change in changed if not change.visible]:
        await upkeep.forget(tx, hidden)


async def tell_of_edits(tx: Transaction, person_id: str, _now: datetime) -> None:
    """One mail for all that others edited since the first of it."""
    gathered = await upkeep.take_edits(tx, person_id)
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if gathered is None or person is None or not is_visible(person):
        return
    notice = ProfileEdited(
        fields=tuple(sorted(gathered["fields"])),
        editor_id=gathered["editors"][0],
        others=len(gathered["editors"]) - 1,
    )
    version = int(gathered["due_at"].timestamp() * 1_000)
    kind = "directory.profile_edited"
    tell(tx, person_id, kind, subject=f"profile/{person_id}", version=version, notice=notice)


async def plan_questions(mongo: Mongo, now: datetime) -> int:
    return await upkeep.plan_missing(mongo, now_ms(now + ASKED_AFTER))


async def ask_whether_right(tx: Transaction, person_id: str, now: datetime) -> None:
    """A new link of 256 random bits, of which we keep the hash; the one before counts no more. Nobody is
    asked where there is no portal to answer in.
    """
    portal = settings().portal_url
    secret = secrets.token_urlsafe(32)
    again, expires = now_ms(now + ASKED_AFTER), now_ms(now + _LINK_LASTS)
    if not await upkeep.ask(tx, person_id, now, again, digest(secret), expires):
        return
    person = (await profiles.load_many(tx, [person_id])).get(person_id)
    if person is None or not is_visible(person) or not portal:
        return
    notice = StillRight(me=PeerLine(person_id=person_id), link=f"{portal}/confirmations/{secret}")
    kind = "directory.still_right"
    version = int(now.timestamp() * 1_000)
    tell(tx, person_id, kind, subject=f"profile/{person_id}", version=version, notice=notice)


async def by_secret(tx: Transaction, secret: str, now: datetime) -> tuple[Document, Document]:
    """The person whom a link asks, and what is kept of the asking.

    Raises:
        NotFound: nobody has this link, or not any more.
        Expired: it was not used in time.

    """
    asked = await upkeep.by_secret(tx, digest(secret))
    if asked is None:
        raise NoSuchLink
    if asked["expires_at"] <= now:
        raise LinkHasExpired
    person = (await profiles.load_many(tx, [asked["_id"]])).get(asked["_id"])
    if person is None or not is_visible(person):
        raise NoSuchLink
    return person, asked


async def confirm(tx: Transaction, secret: str, now: datetime) -> datetime:
    """Used once: used again, it says when that was and does nothing."""
    person, asked = await by_secret(tx, secret, now)
    if "confirmed_at" in asked:
        return asked["confirmed_at"]
    confirmed = now_ms(now)
    await upkeep.confirm(tx, person["_id"], confirmed, now_ms(now + ASKED_AFTER))
    return confirmed
