"""Notifications and templates as callers see them."""

from datetime import UTC, datetime
from typing import TypeVar

from services.notify import refusals
from services.notify.mail import templates
from services.notify.mail.examples import AGENCIES_EN, AGENCIES_SV, EXAMPLES, SUBJECT
from services.notify.mail.links import Links
from services.notify.models import Mail, MailQuery, Notification, Preview, Recipient, Template
from services.notify.rules.naming import named
from services.notify.store import notifications, people
from shared.auth import Caller
from shared.contracts.notify import KINDS, DeliveryState
from shared.contracts.types import Language
from shared.mongo import Database
from shared.web.fields import Paging

SomeMail = TypeVar("SomeMail", bound=Mail)


def shown(mail: Mail) -> Notification:
    return Notification(
        id=mail.id,
        person_id=mail.person_id,
        kind=mail.kind,
        subject=mail.subject,
        subject_version=mail.subject_version,
        state=mail.state,
        reason=mail.reason,
        attempts=mail.attempts,
        resends=mail.resends,
        created_at=mail.created_at,
        next_attempt_at=mail.due_at if mail.state in {"created", "deferred"} else None,
        sent_at=mail.sent_at,
        message_id=mail.message_id,
        language=mail.language,
        template=mail.template,
        correlation=mail.correlation,
        version=mail.version,
    )


async def listing(
    db: Database,
    caller: Caller,
    person_id: str | None,
    subject: str | None,
    state: DeliveryState | None,
    paging: Paging,
) -> list[Notification]:
    """Those of the caller's agency, or the caller's own; the newest first."""
    sees_all = caller.is_system or caller.coordinator
    wanted = MailQuery(caller.agency, None if sees_all else caller.own_id, person_id, subject, state)
    return [shown(mail) for mail in await notifications.page(db, wanted, paging.offset, paging.fetch)]


async def one(db: Database, caller: Caller, id_: str) -> Notification:
    """
    Raises:
        NotFound: there is none, or the caller may not see it.

    """
    return shown(_seen(caller, await notifications.find(db, id_)))


def _seen(caller: Caller, mail: SomeMail | None) -> SomeMail:
    if mail is None or not caller.acts_for(mail.agency, mail.person_id):
        raise refusals.NoSuchNotification
    return mail


def all_templates() -> list[Template]:
    return [
        Template(
            kind=name,
            language=language,
            version=templates.version(name, language),
            mandatory=kind.mandatory,
        )
        for name, kind in sorted(KINDS.items())
        for language in templates.LANGUAGES
    ]


async def preview(
    db: Database, caller: Caller, portal: str, kind: str, language: Language, notification: str | None
) -> Preview:
    """The kind filled with example data, or with a real notification's.

    Raises:
        NotFound: no such kind, or no such notification of it that the caller may see.

    """
    if kind not in KINDS or (notification and KINDS[kind].secret):
        raise refusals.NoSuchKindOfMail
    subject = SUBJECT
    data, names = EXAMPLES[kind], AGENCIES_SV if language == "sv" else AGENCIES_EN
    if notification:
        mail = _seen(caller, await notifications.find_whole(db, notification))
        if mail.kind != kind:
            raise refusals.NotificationIsOfAnotherKind
        subject = mail.subject
        known = await people.people(db, mail.mentions)
        data = named(
            KINDS[kind].data.model_validate_json(mail.data),
            {id_: person for id_, person in known.items() if isinstance(person, Recipient)},
        )
        names = (await people.agency_names(db))[language]
    # With secrets that open nothing: a preview must not answer for anybody.
    links = Links(portal, kind, subject)
    rendered = templates.render(kind, language, data, names, links, datetime.now(UTC))
    return Preview(
        kind=kind,
        language=language,
        template=templates.version(kind, language),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
