"""What the secrets in a mail open for its receiver, who has not signed in."""

import json
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.notify.mail.links import Purpose, kept
from services.notify.models import MeetingToAnswer, SignIn, Unsubscription
from services.notify.store import notifications, people
from shared.errors import Expired, NotFound
from shared.mongo import Database, Document, Transaction

log = structlog.get_logger()
# As long as a mail may lie in somebody's inbox and still be acted on.
_LASTS = timedelta(days=180)


async def meeting_to_answer(db: Database, secret: str, now: datetime) -> MeetingToAnswer:
    """
    Raises:
        NotFound: nobody has this secret for answering.
        Expired: the meeting was over, as far as the mail knew.

    """
    row = await _row(db, "answer", secret)
    expires_at = datetime.fromisoformat(json.loads(row["data"])["ends_at"])
    if expires_at <= now:
        raise Expired("This link has expired.")
    return MeetingToAnswer(
        person_id=row["person_id"],
        meeting_id=row["subject"].split("/")[1],
        language=row["language"],
        expires_at=expires_at,
    )


async def sign_in(db: Database, secret: str, now: datetime) -> SignIn:
    """
    Raises:
        NotFound: nobody has this secret for signing in.
        Expired: it was not used in time.

    """
    row = await _row(db, "sign_in", secret)
    if row["not_after"] <= now:
        raise Expired("This link has expired.")
    return SignIn(attempt=row["subject"].split("/")[1], language=row["language"], expires_at=row["not_after"])


async def unsubscription(db: Database, secret: str, now: datetime) -> Unsubscription:
    """
    Raises:
        NotFound: nobody has this secret for unsubscribing.
        Expired: the mail is too old.

    """
    row = await _unexpired(db, secret, now)
    chosen = await people.preferences(db, [row["person_id"]])
    return _unsubscription(row, chosen.get(row["person_id"]))


async def choose_by_secret(tx: Transaction, secret: str, now: datetime, choice: str) -> Unsubscription:
    """Of the kind that the mail is. Done again, it changes nothing. Raises as `unsubscription`."""
    row = await _unexpired(tx.db, secret, now)
    person_id, kind = row["person_id"], row["kind"]
    found = await people.preferences_in(tx, person_id)
    chosen = _choices(found)
    if chosen.get(kind, "at_once") == choice:
        return _unsubscription(row, found)
    changed = await people.set_preferences(tx, person_id, {**chosen, kind: choice}, None)
    tx.after_commit.append(lambda: log.info("mail.chosen", notification=row["_id"], kind=kind, choice=choice))
    return _unsubscription(row, changed)


async def _row(db: Database, purpose: Purpose, secret: str) -> Document:
    row = await notifications.by_secret(db, kept(purpose, secret))
    # Of somebody who has got protected identity nothing is told, and nothing is taken from their links.
    if row is None or await people.agency_of(db, row["person_id"]) is None:
        raise NotFound("There is no such link, or there is a newer one.")
    return row


async def _unexpired(db: Database, secret: str, now: datetime) -> Document:
    row = await _row(db, "unsubscribe", secret)
    if row["created_at"] + _LASTS <= now:
        raise Expired("This link has expired.")
    return row


def _unsubscription(row: Document, document: Document | None) -> Unsubscription:
    return Unsubscription(
        kind=row["kind"],
        choice=_choices(document).get(row["kind"], "at_once"),
        language=row["language"],
        expires_at=row["created_at"] + _LASTS,
    )


def _choices(document: Document | None) -> dict[str, Any]:
    return {each["kind"]: each["choice"] for each in document["choices"]} if document else {}
