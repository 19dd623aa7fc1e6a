"""The mails themselves: every kind, both languages, text and HTML."""

import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html import unescape
from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.notify.mail import mime, templates
from services.notify.mail.examples import AGENCIES_SV, EXAMPLES, SUBJECT
from services.notify.mail.links import NOWHERE, Links
from services.notify.mail.templates import LANGUAGES, Rendered, render
from services.notify.mail.words import Words
from services.notify.settings import NotifySettings
from shared.contracts.notify import (
    KINDS,
    CalendarPart,
    LoneSpecialistCard,
    MeetingNotice,
    PeerLine,
    SharedMailbox,
)
from shared.contracts.types import Language

EVERY = list(product(KINDS, LANGUAGES))
MEETING = EXAMPLES["events.invited"]
ICS = "\r\n".join(  # noqa: FLY002 – the lines of RFC 5545
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//test//",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:meeting@agencynet.example",
        "SEQUENCE:2",
        "DTSTAMP:20261123T090000Z",
        "DTSTART:20261203T120000Z",
        "SUMMARY:Nätverksträff för upphandlare på Bolagsverket i Sundsvall\\, med kaf",
        " fe",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)


class Tags(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def rendered(kind: str, language: str, portal: str = "https://natverket.example") -> Rendered:
    links = Links(portal, kind, SUBJECT)
    return render(kind, language, EXAMPLES[kind], AGENCIES_SV, links)  # pyright: ignore[reportArgumentType]


def words_of(html: str) -> str:
    body = re.sub(r"<head>.*?</head>|<!--.*?-->", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_kind_reads_in_both_languages_as_text_and_html(kind: str, language: str) -> None:
    mail = rendered(kind, language)
    assert 10 < len(mail.subject) <= 150
    assert mail.text.isprintable() or "\n" in mail.text
    assert not re.search(r"[{}]|None|\bTrue\b|Undefined|\n\n\n", mail.text + words_of(mail.html))
    assert not _words(mail.text.split("\n--\n")[0]) - _words(words_of(mail.html)), (
        "HTML says what the text says"
    )


def _words(text: str) -> set[str]:
    return {word.strip(".,:;()!?").casefold() for word in text.split() if "://" not in word} - {""}


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_screen_reader_finds_its_way(kind: str, language: str) -> None:
    tags = Tags(rendered(kind, language).html).found
    assert ("html", language) in [(tag, attrs.get("lang")) for tag, attrs in tags]
    assert [tag for tag, _ in tags].count("h1") == 1
    assert all(attrs.get("role") == "presentation" for tag, attrs in tags if tag == "table")
    assert not [tag for tag, _ in tags if tag in {"img", "script", "link", "iframe", "form"}]
    assert all(
        (attrs["href"] or "").startswith(("https://", "tel:+46", "mailto:"))
        for tag, attrs in tags
        if tag == "a"
    )


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_mail_leads_somewhere_and_can_be_ended_unless_it_must_come_n8_n9(
    kind: str, language: str
) -> None:
    """Text and HTML lead to the same places; without a portal to nowhere."""
    mail = rendered(kind, language)
    linked = {attrs["href"] or "" for tag, attrs in Tags(mail.html).found if tag == "a" and "href" in attrs}
    ours = {link for link in linked if link.startswith("https://natverket.example/")}
    assert ours == set(re.findall(r"https://natverket\.example/\S+", mail.text))
    first = {link.removeprefix("https://natverket.example/").split("/")[0] for link in ours}
    assert ("unsubscribe" in first) != KINDS[kind].mandatory
    assert "https://natverket.example/me/mail" in ours
    assert first - {"unsubscribe", "me"} or kind in {
        "portal.sign_in",
        "directory.still_right",
        "directory.profile_edited",
    }, "it leads to what it is about"
    without = render(kind, language, EXAMPLES[kind], AGENCIES_SV, NOWHERE)  # pyright: ignore[reportArgumentType]
    nowhere = set(re.findall(r"https://natverket\.example/[^\s\"]+", without.text + without.html))
    assert not nowhere - {getattr(EXAMPLES[kind], "link", "")}
    assert not re.search(r"/me/mail|/unsubscribe/|/answers/", without.text + without.html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_that_was_decided_reads_whatever_was_proposed_and_whoever_may_be_named_d8(
    language: Language,
) -> None:
    example = EXAMPLES["directory.correction_decided"]
    links = Links("https://natverket.example", "directory.correction_decided", SUBJECT)
    said: set[str] = set()
    for decision, field, name, decider in product(
        ("accepted", "rejected"), ("title", None), ("Åsa Öberg", ""), (example.decider, None)
    ):
        changes = {"decision": decision, "field": field, "name": name, "decider": decider}
        mail = render(
            "directory.correction_decided", language, example.model_copy(update=changes), AGENCIES_SV, links
        )
        assert (name or {"sv": "kolleg", "en": "colleague"}[language]) in mail.text
        # Whom nobody may name has no profile to be led to; who wonders why has somebody to ask.
        assert ("/people/" in mail.text) == bool(
            (name and (field or decision == "rejected")) or (decider and decision == "rejected")
        )
        assert "  " not in words_of(mail.html)
        assert "None" not in mail.text
        said.add(mail.text)
    assert len(said) == 12, "all differ, but that an accepted one does not say who decided"


def test_no_file_is_left_over_and_none_is_missing() -> None:
    templates.warm()
    folders = {path.name for path in templates.FOLDER.iterdir()}
    assert folders == KINDS.keys() | {"layout", "macros", "parts"}
    assert EXAMPLES.keys() == KINDS.keys()
    assert all(isinstance(EXAMPLES[name], kind.data) for name, kind in KINDS.items())


def test_what_people_wrote_is_shown_and_never_obeyed() -> None:
    assert isinstance(MEETING, MeetingNotice)
    evil = MEETING.model_copy(
        update={"title": '<script>alert("1")</script> & {{ 7*7 }}', "video_url": "javascript:alert(1)"}
    )
    mail = render("events.invited", "sv", evil, {})
    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "49" not in mail.text + mail.subject
    assert 'href="javascript' not in mail.html
    assert '<script>alert("1")</script> & {{ 7*7 }}' in mail.subject


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [("sv", "En deltagare kommer inte", "slutat"), ("en", "A participant is not coming", "has left")],
)
def test_of_somebody_who_may_not_be_named_nothing_is_said(language: Language, said: str, unsaid: str) -> None:
    example = EXAMPLES["events.participant_left"].model_copy(update={"left_name": ""})
    mail = render("events.participant_left", language, example, AGENCIES_SV)
    assert mail.subject.startswith(said)
    assert said in mail.text
    assert unsaid not in mail.text + words_of(mail.html)


def test_a_long_title_gives_a_short_subject() -> None:
    assert isinstance(MEETING, MeetingNotice)
    mail = render("events.invited", "sv", MEETING.model_copy(update={"title": "upphandling " * 500}), {})
    assert len(mail.subject) <= 150


@pytest.mark.parametrize("peers", [0, 1, 7])
def test_the_card_is_good_with_any_number_of_peers(peers: int) -> None:
    card = LoneSpecialistCard(
        role_sv="HR-specialist",
        role_en="HR specialist",
        agency="spv",
        peers=tuple(PeerLine(person_id=str(n), name=f"Kim {n}", agency="csn") for n in range(peers)),
    )
    for language in LANGUAGES:
        mail = render("directory.lone_specialist", language, card, {})
        assert mail.text.count("Kim") == peers
    swedish = render("directory.lone_specialist", "sv", card, {}).text
    assert "hR" not in swedish
    assert ("en kollega" in swedish) == (peers == 1)


@pytest.mark.parametrize(
    ("language", "nobody", "promise", "beside"),
    [
        ("sv", "ingen på en annan myndighet", "Vi hör av oss", "även dem som inte syns"),
        ("en", "nobody at another agency", "We will tell you", "too, who are not shown"),
    ],
)
def test_a_card_without_peers_is_good_with_mailboxes_and_without_them(
    language: Language, nobody: str, promise: str, beside: str
) -> None:
    """Peers may be gone by the time the mail is rendered; of mailboxes, nobody is to conclude who is behind."""
    example = EXAMPLES["directory.lone_specialist"]
    csn, spv = (SharedMailbox(agency=slug, address=f"inkop@{slug}.example") for slug in ("csn", "spv"))
    for mailboxes in ((), (csn,), (csn, spv)):
        changes = {"peers": (), "mailboxes": mailboxes}
        mail = render("directory.lone_specialist", language, example.model_copy(update=changes), AGENCIES_SV)
        said = " ".join(mail.text.split())
        assert nobody in said
        assert (promise in said) == bool(mailboxes)
        assert beside not in said
        assert [one.address in said for one in (csn, spv)] == [one in mailboxes for one in (csn, spv)]
        assert not re.search(r"\b0\b|  |None|\[\]", mail.subject + said + words_of(mail.html))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "torsdag 3 december 2026 kl.\u00a013.00–15.00"),
        ("en", "Thursday 3 December 2026, 13:00–15:00"),
    ],
)
def test_times_are_the_meetings_own(language: str, said: str) -> None:
    words = Words(language, {})  # pyright: ignore[reportArgumentType]
    start, end = datetime(2026, 12, 3, 12, tzinfo=UTC), datetime(2026, 12, 3, 14, tzinfo=UTC)
    assert words.when(start, end, "Europe/Stockholm") == said
    assert "14" in words.when(start, end, "Europe/Helsinki")
    assert "(" in words.when(start, end, "Europe/Helsinki")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([date(2027, 1, 19)], "tisdag 19 januari 2027"),
        ([date(2027, 1, 20), date(2027, 1, 19)], "tisdag 19 och onsdag 20 januari 2027"),
        ([date(2027, 1, 29), date(2027, 2, 1)], "fredag 29 januari och måndag 1 februari 2027"),
        ([date(2026, 12, 31), date(2027, 1, 4)], "torsdag 31 december 2026 och måndag 4 januari 2027"),
        ([], ""),
    ],
)
def test_days_are_said_as_people_say_them(days: list[date], said: str) -> None:
    assert Words("sv", {}).days(days) == said


def envelope(**changes: str) -> mime.Envelope:
    values = {
        "message_id": "<1@agencynet.example>",
        "name": "Åsa Öberg, Bolagsverket",
        "address": "asa@bolagsverket.example",
        "language": "sv",
        "kind": "events.invited",
        "correlation": "c-1",
        **changes,
    }
    return mime.Envelope(**values, date=datetime(2026, 11, 23, tzinfo=UTC))  # pyright: ignore[reportArgumentType]


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)  # pyright: ignore[reportReturnType]


def test_the_mail_holds_text_html_and_the_invitation_as_alternatives() -> None:
    mail = rendered("events.invited", "sv")
    content = mime.build(NotifySettings(), envelope(), mail, CalendarPart(method="REQUEST", ics=ICS))
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    message = parsed(content)
    assert message.get_content_type() == "multipart/alternative"
    text, html, calendar = message.iter_parts()
    assert [part.get_content_type() for part in (text, html, calendar)] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert text.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content().replace("\r\n", "\n") == mail.html
    assert (calendar.get_param("method"), calendar.get_content_charset()) == ("REQUEST", "utf-8")
    event = Calendar.from_ical(calendar.get_payload(decode=True)).walk("VEVENT")[0]
    assert str(event["SUMMARY"]).endswith("kaffe")
    assert message["To"] == '"Åsa Öberg, Bolagsverket" <asa@bolagsverket.example>'
    assert message["Subject"] == mail.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "sv"
    assert message["X-Agencynet-Correlation"] == "c-1"
    assert len(message.keys()) == len(set(message.keys()))


WRITTEN = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SAID = st.lists(WRITTEN, min_size=1, max_size=12).map(" ".join)


@settings(max_examples=150)
@given(name=SAID, subject=SAID, text=st.lists(SAID, min_size=1).map("\n".join))
@example(name="=?utf-8?q?Chefen?=", subject="=?utf-8?b?w4U=?= ja", text=".\n..\n-- \nFrom me\n=3D")
@example(name='Ek, "Kalle" (vik.)', subject="å" * 150, text=" " * 80 + "\n" + "å" * 1500)
def test_any_words_come_out_as_they_went_in(name: str, subject: str, text: str) -> None:
    content = mime.build(NotifySettings(), envelope(name=name), Rendered(subject, text, f"<p>{text}"), None)
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    message = parsed(content)
    # Not by its parser of addresses, which leaves a space between two encoded words that are one.
    said, _ = parseaddr(message_from_bytes(content)["To"])
    assert str(make_header(decode_header(said))) == name
    assert message["Subject"] == subject
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines() == text.split("\n")
    assert html.get_content().splitlines() == f"<p>{text}".split("\n")


@pytest.mark.parametrize("field", ["name", "correlation", "message_id"])
@pytest.mark.parametrize("evil", ["a\r\nBcc: all@example.se", "a\nb", "a\x00b", "a\x1bb", "a\x85b"])
def test_control_characters_never_reach_a_header(field: str, evil: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        mime.build(NotifySettings(), envelope(**{field: evil}), rendered("events.invited", "sv"), None)
