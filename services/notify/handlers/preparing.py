"""The last look at claimed mails, and their rendering: after this a sender needs only the bytes."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import structlog
from jinja2 import TemplateError

from services.notify.mail import calendar, mime, templates
from services.notify.mail.links import Links
from services.notify.mail.templates import Rendered
from services.notify.models import Claim, Recipient
from services.notify.rules.naming import named
from services.notify.rules.pacing import slots
from services.notify.rules.standing import Standing, look_again
from services.notify.rules.wrong_addresses import refused_address
from services.notify.settings import NotifySettings
from services.notify.store import claims, people, rates, wrong_addresses
from shared.contracts.notify import KINDS, CalendarPart
from shared.contracts.types import Gone, Language
from shared.mongo import Database, Document

log = structlog.get_logger()
_EARLIER = 20
Row = tuple[Document, str]
Speaker = Callable[[str, str, Language, str], tuple[Rendered, Links]]


async def prepare(
    db: Database, settings: NotifySettings, rows: Sequence[Document], now: datetime
) -> list[Claim]:
    """What of the claimed rows may be sent now, frozen. The others are suppressed, or put back until it is
    their turn. Rendered and written before anybody tries to send them.
    """
    mentioned = {id_ for row in rows for id_ in row.get("mentions", ())}
    known = await people.people(db, {*mentioned, *(row["person_id"] for row in rows)})
    receivers = {row["person_id"] for row in rows}
    choices = await people.preferences(db, receivers)
    wrong = await wrong_addresses.of(db, receivers)
    marks = []
    standing: list[Row] = []
    for row in rows:
        id_ = row["person_id"]
        refused = refused_address(wrong.get(id_), now)
        found = _look(settings, row, known.get(id_), choices.get(id_), refused, now)
        if found.address and _await_named(settings, row, known, now):
            marks.append(claims.put_back(row, now + timedelta(seconds=1)))
        elif found.address:
            standing.append((row, found.address))
        elif found.reason:
            marks.append(claims.suppressed(row, found.reason))
        else:
            marks.append(claims.put_back(row, now + timedelta(seconds=1)))
    ready, later = await _pace(db, settings, standing, now)
    marks.extend(claims.put_back(row, at, slot=True) for row, at in later)
    names = await people.agency_names(db) if any("mime" not in row for row, _ in ready) else {}
    say = _speaker(settings, names, known, now)
    prepared: list[Claim] = []
    for row, address in ready:
        change = _freeze(settings, row, known, address, say)
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
    return await _without_just_gone(db, prepared, {id_ for id_ in mentioned if not _gone(known.get(id_))})


async def _without_just_gone(db: Database, prepared: list[Claim], named: set[str]) -> list[Claim]:
    """Whoever got protected identity while this was rendered is named in none of it after all."""
    gone = (
        {id_ for id_, person in (await people.people(db, named)).items() if _gone(person)} if named else set()
    )
    if not gone:
        return prepared
    spoilt = await claims.naming(db, [claim.id for claim in prepared], gone)
    await claims.write(db, [claims.spoilt(claim) for claim in prepared if claim.id in spoilt])
    return [claim for claim in prepared if claim.id not in spoilt]


def _gone(person: Recipient | Gone | None) -> bool:
    return isinstance(person, Gone)


def _await_named(
    settings: NotifySettings, row: Document, known: Mapping[str, Recipient | Gone], now: datetime
) -> bool:
    """Requests and people come on different topics: who is to be named may be on the way."""
    patience = timedelta(seconds=settings.unknown_named_seconds)
    return now < row["created_at"] + patience and any(id_ not in known for id_ in row.get("mentions", ()))


def _look(
    settings: NotifySettings,
    row: Document,
    person: Recipient | Gone | None,
    choice: Document | None,
    refused: str | None,
    now: datetime,
) -> Standing:
    chosen = choice["choices"] if choice else []
    return look_again(
        row["kind"],
        person,
        off={"kind": row["kind"], "choice": "never"} in chosen,
        refused=refused,
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
    known: Mapping[str, Recipient | Gone],
    address: str,
    say: Speaker,
) -> Document | None:
    """What to keep of the rendered mail; nothing where it stays as it was frozen, None if it can't be
    rendered. A mail that may be with its receiver already goes again as it was, byte for byte, unless
    somebody in it may not be named any more.
    """
    person = known[row["person_id"]]
    if not isinstance(person, Recipient):
        return None
    spoilt = any(_gone(known.get(id_)) for id_ in row.get("mentions", ()))
    if "mime" in row and not spoilt and (row["doubts"] or row["address"] == address):
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
        rendered, marks = say(row["kind"], row["subject"], person.language, row["data"])
        links = marks.own()
        mail = replace(
            rendered,
            text=links.instead_of(marks, rendered.text),
            html=links.instead_of(marks, rendered.html),
            calendar=links.instead_of(marks, rendered.calendar),
        )
        content = mime.build(settings, envelope, mail, _part(row, known, address, mail), links.unsubscribe)
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
        **({"secrets": [*_earlier(row, address), *held]} if (held := links.kept()) else {}),
    }


def _earlier(row: Document, address: str) -> list[str]:
    """Sent again, the links of the mails before it stay good: unless they went to another address, where
    somebody else may read them.
    """
    return row.get("secrets", [])[-_EARLIER:] if row.get("address") == address else []


def _speaker(
    settings: NotifySettings,
    names: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Recipient | Gone],
    now: datetime,
) -> Speaker:
    """What many are told in one batch is rendered once: an invitation differs by its envelope and by its
    secrets, in whose place it has marks.
    """
    people = _nameable(known)

    @cache
    def say(kind: str, subject: str, language: Language, data: str) -> tuple[Rendered, Links]:
        words = named(KINDS[kind].data.model_validate_json(data), people)
        marks = Links(settings.portal, kind, subject)
        return templates.render(kind, language, words, names.get(language, {}), marks, now), marks

    return say


def _part(
    row: Document, known: Mapping[str, Recipient | Gone], address: str, mail: Rendered
) -> CalendarPart | None:
    if not row["calendar"]:
        return None
    part = CalendarPart(**row["calendar"])
    ics = calendar.addressed(part.ics, _nameable(known), row["person_id"], address, mail.calendar)
    return CalendarPart(method=part.method, ics=ics)


def _nameable(known: Mapping[str, Recipient | Gone]) -> dict[str, Recipient]:
    return {id_: person for id_, person in known.items() if isinstance(person, Recipient)}


def _claim(row: Document) -> Claim:
    return Claim(
        id=row["_id"],
        token=row["claim"],
        address=row["address"],
        mime=row["mime"],
        attempts=row["attempts"],
        doubts=row["doubts"],
        not_after=row["not_after"],
        refused_at=row.get("refused_at"),
    )
