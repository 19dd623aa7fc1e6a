"""The last look at claimed mails, and their rendering: after this a sender needs only the bytes."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import structlog
from jinja2 import TemplateError

from services.notify.mail import calendar, mime, templates
from services.notify.mail.links import Links
from services.notify.mail.templates import Rendered
from services.notify.models import Choices, Claim, Recipient, Rendering, WholeMail, WrongAddress
from services.notify.rules import states
from services.notify.rules.naming import named
from services.notify.rules.pacing import slots
from services.notify.rules.standing import look_again
from services.notify.rules.wrong_addresses import refused_address
from services.notify.settings import NotifySettings
from services.notify.store import claims, people, rates, wrong_addresses
from shared.contracts.notify import KINDS, CalendarPart
from shared.contracts.types import Gone, Language
from shared.mongo import Database

log = structlog.get_logger()
_EARLIER = 20
Addressed = tuple[WholeMail, str]
Known = Mapping[str, Recipient | Gone]
Speaker = Callable[[str, str, Language, str], tuple[Rendered, Links]]


async def prepare(
    db: Database, settings: NotifySettings, mails: Sequence[WholeMail], now: datetime
) -> list[Claim]:
    """What of the claimed mails may be sent now, frozen. The others are suppressed, or put back until it is
    their turn. Rendered and written before anybody tries to send them.
    """
    mentioned = {id_ for mail in mails for id_ in mail.mentions}
    receivers = {mail.person_id for mail in mails}
    known = await people.people(db, mentioned | receivers)
    choices = await people.choices(db, receivers)
    wrong = await wrong_addresses.of(db, receivers)
    marks: list[claims.Mark] = []
    standing: list[Addressed] = []
    for mail in mails:
        found = _look(settings, mail, known, choices[mail.person_id], wrong.get(mail.person_id), now)
        if isinstance(found, str):
            standing.append((mail, found))
        else:
            marks.append(claims.mark(found))
    ready, later = await _pace(db, settings, standing, now)
    marks.extend(claims.mark(states.put_back(mail, at, slot=True)) for mail, at in later)
    names = await people.agency_names(db) if any(not mail.mime for mail, _ in ready) else {}
    say = _speaker(settings, names, known, now)
    prepared: list[Claim] = []
    for mail, address in ready:
        frozen, mark = _frozen(settings, mail, known, address, say)
        if mark:
            marks.append(mark)
        if frozen:
            prepared.append(Claim(frozen))
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
    steps = [states.spoilt(claim.mail) for claim in prepared if claim.id in spoilt]
    await claims.write(db, [claims.mark(step) for step in steps])
    return [claim for claim in prepared if claim.id not in spoilt]


def _gone(person: Recipient | Gone | None) -> bool:
    return isinstance(person, Gone)


def _look(
    settings: NotifySettings,
    mail: WholeMail,
    known: Known,
    chosen: Choices,
    wrong: WrongAddress | None,
    now: datetime,
) -> str | states.Step[WholeMail]:
    """The address that the mail may go to, or what happens to it instead."""
    found = look_again(
        mail.kind,
        known.get(mail.person_id),
        off=chosen.of(mail.kind) == "never",
        refused=refused_address(wrong, now),
        not_after=mail.not_after,
        asked_at=mail.created_at,
        patience=timedelta(seconds=settings.unknown_person_seconds),
        now=now,
    )
    if found.reason:
        return states.suppressed(mail, found.reason)
    if found.address and not _await_named(settings, mail, known, now):
        return found.address
    return states.put_back(mail, now + timedelta(seconds=1))


def _await_named(settings: NotifySettings, mail: WholeMail, known: Known, now: datetime) -> bool:
    """Requests and people come on different topics: who is to be named may be on the way."""
    patience = timedelta(seconds=settings.unknown_named_seconds)
    return now < mail.created_at + patience and any(id_ not in known for id_ in mail.mentions)


async def _pace(
    db: Database, settings: NotifySettings, mails: Sequence[Addressed], now: datetime
) -> tuple[list[Addressed], list[tuple[WholeMail, datetime]]]:
    """Those whose turn it is, and when it is the others'. A mail that was given a time has it: the rates are
    not asked again when the time has come.
    """
    at = {mail.id: now for mail, _ in mails}
    for bucket, rate, ids in _buckets(settings, mails):
        decide = partial(slots, count=len(ids), rate=rate, burst=settings.burst_seconds, now=now)
        for id_, time in zip(ids, await rates.reserve(db, bucket, decide), strict=True):
            at[id_] = max(at[id_], time)
    soon = now + timedelta(seconds=0.2)
    ready = [(mail, address) for mail, address in mails if at[mail.id] <= soon]
    return ready, [(mail, at[mail.id]) for mail, _ in mails if at[mail.id] > soon]


def _buckets(settings: NotifySettings, mails: Sequence[Addressed]) -> Iterator[tuple[str, float, list[str]]]:
    asking = [(mail.id, address.rpartition("@")[2].lower()) for mail, address in mails if not mail.slot]
    if settings.per_second and asking:
        yield "all", settings.per_second, [id_ for id_, _ in asking]
    if settings.per_domain_second:
        for domain in sorted({domain for _, domain in asking}):
            yield f"domain {domain}", settings.per_domain_second, [id_ for id_, d in asking if d == domain]


def _frozen(
    settings: NotifySettings, mail: WholeMail, known: Known, address: str, say: Speaker
) -> tuple[WholeMail | None, claims.Mark | None]:
    """The rendered mail and what to write of it, which is nothing where it stays as it was. A mail that may
    be with its receiver already goes again as it was, byte for byte, unless somebody in it may not be named
    any more.
    """
    spoilt = any(_gone(known.get(id_)) for id_ in mail.mentions)
    if mail.mime and not spoilt and (mail.doubts or mail.address == address):
        return mail, None
    rendering = _render(settings, mail, known, address, say)
    if rendering is None:
        return None, claims.mark(states.unreadable(mail))
    return mail.model_copy(update=asdict(rendering)), claims.frozen(mail, rendering)


def _render(
    settings: NotifySettings, mail: WholeMail, known: Known, address: str, say: Speaker
) -> Rendering | None:
    """None if it can't be rendered."""
    person = known[mail.person_id]
    if not isinstance(person, Recipient):
        return None
    edition = f".{mail.edition}" if mail.edition else ""
    envelope = mime.Envelope(
        message_id=f"<{mail.id}{edition}@{settings.domain}>",
        name=person.display_name,
        address=address,
        language=person.language,
        kind=mail.kind,
        correlation=mail.correlation,
        date=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        rendered, marks = say(mail.kind, mail.subject, person.language, mail.data)
        links = marks.own()
        text = replace(
            rendered,
            text=links.instead_of(marks, rendered.text),
            html=links.instead_of(marks, rendered.html),
            calendar=links.instead_of(marks, rendered.calendar),
        )
        content = mime.build(settings, envelope, text, _part(mail, known, address, text), links.unsubscribe)
    except (TemplateError, ValueError, LookupError, OverflowError, TypeError) as error:
        log.exception("mail.not_rendered", notification=mail.id, kind=mail.kind, error=type(error).__name__)
        return None
    held = links.kept()
    return Rendering(
        mime=content,
        message_id=envelope.message_id,
        address=address,
        agency=person.agency,
        language=person.language,
        template=templates.version(mail.kind, person.language),
        secrets=(*_earlier(mail, address), *held) if held else mail.secrets,
    )


def _earlier(mail: WholeMail, address: str) -> tuple[str, ...]:
    """Sent again, the links of the mails before it stay good: unless they went to another address, where
    somebody else may read them.
    """
    return mail.secrets[-_EARLIER:] if mail.address == address else ()


def _speaker(
    settings: NotifySettings,
    names: Mapping[str, Mapping[str, str]],
    known: Known,
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


def _part(mail: WholeMail, known: Known, address: str, rendered: Rendered) -> CalendarPart | None:
    part = mail.calendar
    if part is None:
        return None
    ics = calendar.addressed(part.ics, _nameable(known), mail.person_id, address, rendered.calendar)
    return CalendarPart(method=part.method, ics=ics)


def _nameable(known: Known) -> dict[str, Recipient]:
    return {id_: person for id_, person in known.items() if isinstance(person, Recipient)}
