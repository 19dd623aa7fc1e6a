"""Requests name nobody, so that protected identity (D20) is in force at once: mails are named when rendered."""

import re
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from services.notify.mail import calendar
from services.notify.rules.naming import PEOPLE, named, people_in
from shared.contracts.directory import Person
from shared.contracts.notify import (
    KINDS,
    CalendarPart,
    LoneSpecialistCard,
    MeetingNotice,
    ParticipantLeft,
    PeerLine,
    SharedMailbox,
)
from shared.contracts.topics import DIRECTORY_PEOPLE, NOTIFY_REQUESTS
from shared.contracts.types import Contract, Gone
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import a_person, eventually, publish, records
from tests.notify.office import ask, becomes, open_office, row, something
from tests.notify.test_mails import ICS

PEER = a_person("spv", "peer", given_name="Göran", phone="060-18 74 00", specialties=("ramavtal",))
CARD = LoneSpecialistCard(
    role_sv="Upphandlare",
    role_en="Procurement officer",
    agency="Csn",
    peers=(PeerLine(person_id=PEER.id, reasons=("role",)),),
)


def test_a_line_and_a_name_are_filled_in_from_the_copy() -> None:
    assert people_in(CARD) == {PEER.id}
    filled = named(CARD, {PEER.id: PEER})
    assert isinstance(filled, LoneSpecialistCard)
    [line] = filled.peers
    assert (line.name, line.agency, line.phone) == ("Göran Öberg", "spv", "060-18 74 00")
    assert (line.specialties, line.reasons) == (("ramavtal",), ("role",))


def test_who_may_not_be_named_or_has_left_is_no_line_and_no_name() -> None:
    left = PEER.model_copy(update={"status": "left"})
    for people in ({}, {PEER.id: left}):
        filled = named(CARD, people)
        assert isinstance(filled, LoneSpecialistCard)
        assert filled.peers == ()
    notice = ParticipantLeft(
        title="T",
        starts_at=MEETING.starts_at,
        zone="UTC",
        left_id=PEER.id,
        left_name="Göran",
        promoted_id=None,
    )
    assert people_in(notice) == {PEER.id}
    assert named(notice, {}).model_dump()["left_name"] == ""
    assert named(notice, {PEER.id: left}).model_dump()["left_name"] == "Göran Öberg", "names outlive leaving"


MEETING: Any = MeetingNotice.model_validate(
    {"title": "Möte", "starts_at": "2026-12-03T12:00:00Z", "ends_at": "2026-12-03T14:00:00Z", "zone": "UTC"},
    strict=False,
)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_has_a_name_or_a_number_without_the_person_beside_it(kind: str) -> None:
    """A request that carried them could not be called back from the topic. A role's mailbox is nobody's."""
    personal = {"name", "phone", "email", "mobile", "address", "display_name", "given_name", "family_name"}

    def check(model: type[Contract]) -> None:
        fields = model.model_fields
        for field in fields:
            stem, _, last = field.rpartition("_")
            if field in personal and model is not SharedMailbox:
                assert "person_id" in fields, f"{model.__name__}.{field}"
            elif last == "name" and stem != "group":
                assert stem in PEOPLE, f"{model.__name__}.{field}"
                assert f"{stem}_id" in fields, f"{model.__name__}.{field}"
        for inner in fields.values():
            for part in (inner.annotation, *getattr(inner.annotation, "__args__", ())):
                if isinstance(part, type) and issubclass(part, Contract):
                    check(part)

    check(KINDS[kind].data)


@given(st.text(st.characters(blacklist_categories=["C"]), min_size=1, max_size=120))
@example("^'")
@example("\\:")
def test_a_calendar_object_bears_names_and_the_recipients_address_alone(name: str) -> None:
    person = PEER.model_copy(update={"display_name": name})
    ics = ICS.replace(
        "SEQUENCE:2",
        f'SEQUENCE:2\r\nORGANIZER;CN="urn:uuid:{PEER.id}":mailto:moten@agencynet.example\r\n'
        f'ATTENDEE;CN="urn:uuid:{PEER.id}";PARTSTAT=NEEDS-ACTION:urn:\r\n uuid:{PEER.id}',
    )
    assert calendar.people_in(ics) == {PEER.id}
    text = calendar.addressed(ics, {PEER.id: person}, PEER.id, "g@spv.example")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert event["attendee"] == "mailto:g@spv.example"
    assert event["organizer"] == "mailto:moten@agencynet.example"
    unfolded = text.replace("\r\n ", "")
    [quoted, bare] = re.findall(r'^ORGANIZER;CN=(?:"([^"]*)"|([^":;]*)):', unfolded, re.MULTILINE)[0]
    written = quoted or bare
    assert re.sub(r"\^(.)", lambda found: {"'": '"'}.get(found[1], found[1]), written) == name, "RFC 6868"
    if "\\" not in name:
        # It takes one before a comma, colon, semicolon or another away, which RFC 5545 does in values only.
        assert str(event["organizer"].params["CN"]) == name
    nobody = calendar.addressed(ics, {}, "someone-else", "x@y.example")
    assert "CN=" not in nobody
    assert "x@y.example" not in nobody


async def test_a_mail_is_named_when_it_is_rendered(settings: ServiceSettings, server: MailServer) -> None:
    anna = a_person()
    request = something(anna, "directory.lone_specialist", data=CARD.model_dump(mode="json"))
    async with open_office(settings, server, anna, unknown_named_seconds=900) as office:
        await ask(settings, request)
        await eventually(lambda: row(office, request))
        await publish(settings, DIRECTORY_PEOPLE, PEER)
        await becomes(office, request, "sent")
    text = _text(server.received[-1].content)
    assert "Göran Öberg" in text
    assert "060-18 74 00" in text
    assert not [r for r in await records(settings, NOTIFY_REQUESTS.name) if b"Gran" in (r.value or b"")]


async def test_who_gets_protected_before_the_mail_goes_out_is_in_none_of_it_d20(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person()
    server.always["RCPT"] = "450 4.2.1 later"
    ics = ICS.replace("SEQUENCE:2", f'SEQUENCE:2\r\nORGANIZER;CN="urn:uuid:{PEER.id}":mailto:m@n.example')
    meeting = MEETING.model_copy(update={"convenor_id": PEER.id})
    requests = [
        something(anna, "directory.lone_specialist", data=CARD.model_dump(mode="json")),
        something(
            anna,
            data=meeting.model_dump(mode="json"),
            calendar=CalendarPart(method="REQUEST", ics=ics),
        ),
    ]
    async with open_office(settings, server, anna, PEER, retry_unit_seconds=0.2) as office:
        await ask(settings, *requests)
        for request in requests:
            assert b"G=C3=B6ran" in (await becomes(office, request, "deferred"))["mime"]
        await publish(settings, DIRECTORY_PEOPLE, Gone(id=PEER.id, version=2))
        await eventually(
            lambda: office.mongo.db.notifications.find(
                {"mentions": PEER.id, "due_at": {"$exists": True}}
            ).to_list(9),
            until=lambda rows: not any(_names(each) for each in rows),
        )
        server.always.clear()
        for request in requests:
            assert not _names(await becomes(office, request, "sent"))
    for mail in server.received:
        assert "Göran" not in _text(mail.content)
        assert "060-18 74 00" not in _text(mail.content)


def _names(kept: dict[str, Any]) -> bool:
    return "Göran" in str({**kept, "mime": _text(kept["mime"]) if "mime" in kept else ""})


def _text(content: bytes) -> str:
    parts = message_from_bytes(content, policy=default).walk()
    return "\n".join(str(part.get_content()) for part in parts if not part.is_multipart())


def test_people_are_named_as_others_see_them() -> None:
    shy = Person.model_validate(
        {**PEER.model_dump(), "email": None, "phone": "", "reach_at": "g@spv.example"}
    )
    filled = named(CARD, {PEER.id: shy})
    assert isinstance(filled, LoneSpecialistCard)
    assert (filled.peers[0].email, filled.peers[0].phone) == ("", "")
