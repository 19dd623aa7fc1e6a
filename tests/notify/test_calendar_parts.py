"""What goes out as a calendar object, whatever came."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from icalendar import Calendar

from services.notify.mail import calendar, mime, templates
from services.notify.mail.examples import EXAMPLES
from services.notify.rules import calendar_parts
from services.notify.settings import NotifySettings
from shared.contracts.notify import CalendarPart
from shared.formats.plain_text import lines
from tests.harness import a_person
from tests.notify.test_mails import ICS, envelope
from tests.typed import HOSTILE

PERSON = a_person("spv", "peer")
ORGANIZED = ICS.replace(
    "SEQUENCE:2\r\n",
    f'SEQUENCE:2\r\nORGANIZER;CN="urn:uuid:{PERSON.id}":mailto:moten@agencynet.example\r\n'
    f'ATTENDEE;CN="urn:uuid:{PERSON.id}";PARTSTAT=NEEDS-ACTION:urn:uuid:{PERSON.id}\r\n',
)


def problems(ics: str, method: Any = "REQUEST") -> list[str]:
    return list(calendar_parts.problems(CalendarPart(method=method, ics=ics)))


@given(name=HOSTILE)
def test_no_name_becomes_syntax_of_a_calendar(name: str) -> None:
    named = PERSON.model_copy(update={"display_name": name})
    text = calendar.addressed(ORGANIZED, {PERSON.id: named}, PERSON.id, "p@spv.example")
    assert text.split("\r\n") == [*text.splitlines(), ""]
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert set(event.keys()) == {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "ORGANIZER", "ATTENDEE"}
    assert event["attendee"] == "mailto:p@spv.example"


@given(description=HOSTILE)
def test_a_description_takes_the_place_of_the_one_there_is(description: str) -> None:
    ics = ORGANIZED.replace("END:VEVENT", "DESCRIPTION:Videomöte: x\r\nEND:VEVENT")
    text = calendar.addressed(ics, {}, PERSON.id, "p@spv.example", description or "-")
    assert text.split("\r\n") == [*text.splitlines(), ""]
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert event["description"] == lines(description or "-")
    assert not problems(text)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("SEQUENCE:2\r\n", "SEQUENCE:2\r\nATTACH:https://evil.example/\r\n"),
        ("SEQUENCE:2\r\n", "SEQUENCE:2\r\nX-ALT-DESC:<a href='https://evil.example'>\r\n"),
        ("SEQUENCE:2\r\n", "SEQUENCE:2\nATTACH:https://evil.example/\r\n"),
        ("SEQUENCE:2\r\n", "SEQUENCE:2\rATTACH:https://evil.example/\r\n"),
        ("END:VEVENT\r\n", "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:another@agencynet\r\nEND:VEVENT\r\n"),
        ("END:VEVENT\r\n", "BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\n"),
        ("END:VEVENT\r\n", ""),
        ("END:VCALENDAR\r\n", "END:VCALENDAR\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"),
        ("END:VCALENDAR\r\n", "END:VCALENDAR"),
        ("METHOD:REQUEST\r\n", "METHOD:CANCEL\r\n"),
        ("METHOD:REQUEST\r\n", ""),
        ("METHOD:REQUEST\r\n", "METHOD:REQUEST\r\nMETHOD:CANCEL\r\n"),
    ],
)
def test_more_or_less_than_an_invitation_is_refused(was: str, becomes: str) -> None:
    assert not problems(ICS)
    [reason] = problems(ICS.replace(was, becomes))
    assert "evil" not in reason


@given(title=HOSTILE, name=HOSTILE)
def test_no_text_becomes_a_header_nor_a_line_of_the_mail(title: str, name: str) -> None:
    """Control characters in a name are refused (test_mails); everything else is one line."""
    notice = EXAMPLES["events.invited"].model_copy(update={"title": title, "convenor_name": name})
    rendered = templates.render("events.invited", "sv", notice, {})
    plain = "".join(character for character in name if character.isprintable() or character in "\u2028\u2029")
    content = mime.build(NotifySettings(), envelope(name=plain), rendered, None)
    message = message_from_bytes(content, policy=policy.default)
    assert set(message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id"),
        *("X-Agencynet-Correlation", "MIME-Version", "Content-Type", "Content-Language"),
    }
    assert len(str(message["Subject"]).splitlines()) == 1
    assert len(str(message["To"]).splitlines()) == 1
    usual = templates.render("events.invited", "sv", EXAMPLES["events.invited"], {})
    begins = {line.split(":")[0] for line in usual.text.splitlines() if ": " in line}
    assert {"När", "Var", "Videomöte"} <= begins
    assert rendered.text.splitlines() == rendered.text.removesuffix("\n").split("\n")
