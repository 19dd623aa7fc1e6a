"""What the secrets in a mail open for its receiver, who has not signed in."""

from datetime import datetime, timedelta

import structlog

from services.notify.mail.links import Purpose, kept
from services.notify.models import Choice, Choices, MeetingToAnswer, SignIn, Unsubscription, WholeMail
from services.notify.store import notifications, people
from shared.contracts.notify import MeetingNotice
from shared.contracts.types import Language
from shared.mongo import Database, Transaction
from shared.refusals import LinkHasExpired, NoSuchLink

log = structlog.get_logger()
# As long as a mail may lie in somebody's inbox and still be acted on.
_LASTS = timedelta(days=180)


async def meeting_to_answer(db: Database, secret: str, now: datetime) -> MeetingToAnswer:
    """
    Raises:
        NotFound: nobody has this secret for answering.
        Expired: the meeting was over, as far as the mail knew.

    """
    mail = await _mail(db, "answer", secret)
    expires_at = MeetingNotice.model_validate_json(mail.data).ends_at
    if expires_at <= now:
        raise LinkHasExpired
    return MeetingToAnswer(
        person_id=mail.person_id,
        meeting_id=_about(mail),
        language=_language(mail),
        expires_at=expires_at,
    )


async def sign_in(db: Database, secret: str, now: datetime) -> SignIn:
    """
    Raises:
        NotFound: nobody has this secret for signing in.
        Expired: it was not used in time.

    """
    mail = await _mail(db, "sign_in", secret)
    if mail.not_after is None or mail.not_after <= now:
        raise LinkHasExpired
    return SignIn(attempt=_about(mail), language=_language(mail), expires_at=mail.not_after)


async def unsubscription(db: Database, secret: str, now: datetime) -> Unsubscription:
    """
    Raises:
        NotFound: nobody has this secret for unsubscribing.
        Expired: the mail is too old.

    """
    mail = await _unexpired(db, secret, now)
    return _unsubscription(mail, (await people.choices(db, [mail.person_id]))[mail.person_id])


async def choose_by_secret(tx: Transaction, secret: str, now: datetime, choice: Choice) -> Unsubscription:
    """Of the kind that the mail is. Done again, it changes nothing. Raises as `unsubscription`."""
    mail = await _unexpired(tx.db, secret, now)
    chosen = await people.choices_of(tx, mail.person_id)
    if chosen.of(mail.kind) == choice:
        return _unsubscription(mail, chosen)
    changed = await people.choose(tx, chosen, {**chosen.by_kind, mail.kind: choice})
    tx.after_commit.append(
        lambda: log.info("mail.chosen", notification=mail.id, kind=mail.kind, choice=choice)
    )
    return _unsubscription(mail, changed)


async def _mail(db: Database, purpose: Purpose, secret: str) -> WholeMail:
    mail = await notifications.by_secret(db, kept(purpose, secret))
    # Of somebody who has got protected identity nothing is told, and nothing is taken from their links.
    if mail is None or await people.agency_of(db, mail.person_id) is None:
        raise NoSuchLink
    return mail


async def _unexpired(db: Database, secret: str, now: datetime) -> WholeMail:
    mail = await _mail(db, "unsubscribe", secret)
    if mail.created_at + _LASTS <= now:
        raise LinkHasExpired
    return mail


def _unsubscription(mail: WholeMail, chosen: Choices) -> Unsubscription:
    return Unsubscription(
        kind=mail.kind,
        choice=chosen.of(mail.kind),
        language=_language(mail),
        expires_at=mail.created_at + _LASTS,
    )


def _about(mail: WholeMail) -> str:
    """The id in `meeting/<id>`, for example."""
    return mail.subject.split("/")[1]


def _language(mail: WholeMail) -> Language:
    # Mails with links have been rendered, and rendered in a language.
    return mail.language or "sv"
