"""Notifications and templates as callers see them."""

from datetime import UTC, datetime
from typing import Any

from services.notify.mail import templates
from services.notify.mail.examples import AGENCIES_EN, AGENCIES_SV, EXAMPLES, SUBJECT
from services.notify.mail.links import Links
from services.notify.models import Notification, Preview, Recipient, Template
from services.notify.rules.naming import named
from services.notify.store import notifications, people
from shared.auth import Caller
from shared.contracts.notify import KINDS
from shared.contracts.types import Language
from shared.errors import NotFound
from shared.mongo import Database, Document


def shown(row: Document) -> Notification:
    due: datetime | None = row.get("due_at")
    return Notification(
        id=row["_id"],
        person_id=row["person_id"],
        kind=row["kind"],
        subject=row["subject"],
        subject_version=row["subject_version"],
        state=row["state"],
        reason=row["reason"],
        attempts=row["attempts"],
        resends=row["resends"],
        created_at=row["created_at"],
        next_attempt_at=due if row["state"] in {"created", "deferred"} else None,
        sent_at=row.get("sent_at"),
        message_id=row.get("message_id", ""),
        language=row.get("language"),
        template=row.get("template", ""),
        correlation=row["correlation"],
        version=row["version"],
    )


async def listing(
    db: Database, caller: Caller, wanted: dict[str, str | None], offset: int, limit: int
) -> list[Notification]:
    """Those of the caller's agency, or the caller's own; the newest first."""
    query: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    query["agency"] = caller.agency
    if not (caller.is_system or caller.coordinator):
        # Whoever asks for somebody else's finds nothing, as if there were none.
        query["$and"] = [{"person_id": caller.own_id}]
    return [shown(row) for row in await notifications.page(db, query, offset, limit)]


async def one(db: Database, caller: Caller, id_: str, *, body: bool = False) -> Document:
    """
    Raises:
        NotFound: there is none, or the caller may not see it.

    """
    row = await notifications.find(db, id_, body=body)
    if row is None or not caller.acts_for(row["agency"], row["person_id"]):
        raise NotFound("There is no such notification.")
    return row


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
        raise NotFound("There is no such kind of mail.")
    subject = SUBJECT
    data, names = EXAMPLES[kind], AGENCIES_SV if language == "sv" else AGENCIES_EN
    if notification:
        row = await one(db, caller, notification, body=True)
        if row["kind"] != kind:
            raise NotFound("That notification is of another kind.")
        subject = row["subject"]
        known = await people.people(db, row.get("mentions", ()))
        data = named(
            KINDS[kind].data.model_validate_json(row["data"]),
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
