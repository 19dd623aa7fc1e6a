"""The last look at claimed mails, and their rendering: after this a sender needs only the bytes."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import structlog
from jinja2 import TemplateError

from services.notify.mail import mime, templates
from services.notify.mail.templates import Rendered
from services.notify.models import Claim
from services.notify.rules.pacing import slots
from services.notify.rules.standing import Standing, look_again
from services.notify.settings import NotifySettings
from services.notify.store import claims, people, rates
from shared.contracts.directory import Person
from shared.contracts.notify import KINDS, CalendarPart
from shared.contracts.types import Gone, Language
from shared.mongo import Database, Document

log = structlog.get_logger()
Row = tuple[Document, str]
Speaker = Callable[[str, Language, str], Rendered]


async def prepare(
    db: Database, settings: NotifySettings, rows: Sequence[Document], now: datetime
) -> list[Claim]:
    """What of the claimed rows may be sent now, frozen. The others are suppressed, or put back until it is
    their turn. Rendered and written before anybody tries to send them.
    """
    known = await people.people(db, (row["person_id"] for row in rows))
    choices = await people.preferences(db, (row["person_id"] for row in rows))
    marks = []
    standing: list[Row] = []
    for row in rows:
        found = _look(settings, row, known.get(row["person_id"]), choices.get(row["person_id"]), now)
        if found.address:
            standing.append((row, found.address))
        elif found.reason:
            marks.append(claims.suppressed(row, found.reason))
        else:
            marks.append(claims.put_back(row, now + timedelta(seconds=1)))
    ready, later = await _pace(db, settings, standing, now)
    marks.extend(claims.put_back(row, at, slot=True) for row, at in later)
    say = _speaker(await people.agency_names(db) if any("mime" not in row for row, _ in ready) else {})
    prepared: list[Claim] = []
    for row, address in ready:
        person = known[row["person_id"]]
        change = _freeze(settings, row, person, address, say) if isinstance(person, Person) else None
        if change is None:
            marks.append(claims.unreadable(row))
            continue
        if change:
            marks.append(claims.frozen(row, change))
        frozen = {**row, **change}
        prepared.append(_claim(frozen))
        # Rendering takes up to a millisecond: the senders get their turn in between.
        await asyncio.sleep(0)
    if marks:
        await claims.write(db, marks)
    return prepared


def _look(
    settings: NotifySettings,
    row: Document,
    person: Person | Gone | None,
    choice: Document | None,
    now: datetime,
) -> Standing:
    chosen = choice["choices"] if choice else []
    return look_again(
        row["kind"],
        person,
        off={"kind": row["kind"], "choice": "never"} in chosen,
        not_after=row["not_after"],
        asked_at=row["created_at"],
        patience=timedelta(seconds=settings.unknown_person_seconds),
        now=now,
    )


async def _pace(
    db: Database, settings: NotifySettings, rows: Sequence[Row], now: datetime
) -> tuple[list[Row], list[tuple[Document, datetime]]]:
    """Those whose turn it is, and when it is the others'. Whoever was given a time has it: it isn't asked
    for again when the time has come.
    """
    at = {row["_id"]: now for row, _ in rows}
    for bucket, rate, ids in _buckets(settings, rows):
        decide = partial(slots, count=len(ids), rate=rate, burst=settings.burst_seconds, now=now)
        for id_, time in zip(ids, await rates.reserve(db, bucket, decide), strict=True):
            at[id_] = max(at[id_], time)
    soon = now + timedelta(seconds=0.2)
    ready = [(row, address) for row, address in rows if at[row["_id"]] <= soon]
    return ready, [(row, at[row["_id"]]) for row, _ in rows if at[row["_id"]] > soon]


def _buckets(settings: NotifySettings, rows: Sequence[Row]) -> Iterable[tuple[str, float, list[str]]]:
    asking = [(row["_id"], address.rpartition("@")[2].lower()) for row, address in rows if "slot" not in row]
    if settings.per_second and asking:
        yield "all", settings.per_second, [id_ for id_, _ in asking]
    if settings.per_domain_second:
        for domain in sorted({domain for _, domain in asking}):
            yield f"domain {domain}", settings.per_domain_second, [id_ for id_, d in asking if d == domain]


def _freeze(
    settings: NotifySettings,
    row: Document,
    person: Person,
    address: str,
    say: Speaker,
) -> Document | None:
    """What to keep of the rendered mail; nothing where it stays as it was frozen, None if it can't be
    rendered. A mail that may be with its receiver already goes again as it was, byte for byte.
    """
    if "mime" in row and (row["doubts"] or row["address"] == address):
        return {}
    edition = f".{row['edition']}" if row["edition"] else ""
    envelope = mime.Envelope(
        message_id=f"<{row['_id']}{edition}@{settings.domain}>",
        name=person.display_name,
        address=address,
        language=person.language,
        kind=row["kind"],
        correlation=row["correlation"],
        date=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        rendered = say(row["kind"], person.language, row["data"])
        calendar = CalendarPart(**row["calendar"]) if row["calendar"] else None
        content = mime.build(settings, envelope, rendered, calendar)
    except (TemplateError, ValueError, LookupError, OverflowError, TypeError) as error:
        log.exception(
            "mail.not_rendered", notification=row["_id"], kind=row["kind"], error=type(error).__name__
        )
        return None
    return {
        "mime": content,
        "message_id": envelope.message_id,
        "address": address,
        "agency": person.agency,
        "language": person.language,
        "template": templates.version(row["kind"], person.language),
    }


def _speaker(names: Mapping[str, Mapping[str, str]]) -> Speaker:
    """What many are told in one batch is rendered once: an invitation differs by its envelope only."""

    @cache
    def say(kind: str, language: Language, data: str) -> Rendered:
        return templates.render(
            kind, language, KINDS[kind].data.model_validate_json(data), names.get(language, {})
        )

    return say


def _claim(row: Document) -> Claim:
    return Claim(
        id=row["_id"],
        token=row["claim"],
        address=row["address"],
        mime=row["mime"],
        attempts=row["attempts"],
        doubts=row["doubts"],
        not_after=row["not_after"],
    )
