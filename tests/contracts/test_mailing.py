"""One rule for e-mail addresses, at the doors and at the exit."""

import string

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.directory.intake.rules.refusals import in_swedish
from shared.consuming import parking
from shared.contracts.mailing import NoMailGoesThere, envelope_form, normalized
from shared.contracts.parts import Reachable
from shared.contracts.staff import StaffRecord

EMPLOYEE = {"employee_id": "1", "version": 1, "status": "active", "given_name": "Anna", "family_name": "Ek"}


@pytest.mark.parametrize(
    ("address", "form", "carried"),
    [
        ("asa.oberg@spv.example", "asa.oberg@spv.example", "asa.oberg@spv.example"),
        ("Asa.Oberg@SPV.Example", "Asa.Oberg@SPV.Example", "Asa.Oberg@spv.example"),
        ("o'neill+mote@spv.example", "o'neill+mote@spv.example", "o'neill+mote@spv.example"),
        ("anna@åäö.example", "anna@åäö.example", "anna@xn--4cab6c.example"),
        (
            "anna@försäkringskassan.example",
            "anna@försäkringskassan.example",
            "anna@xn--frskringskassan-2kb71a.example",
        ),
        ("anna@straße.example", "anna@straße.example", "anna@xn--strae-oqa.example"),
        ("anna@ＳＰＶ.example", "anna@spv.example", "anna@spv.example"),
    ],
)
def test_an_address_that_mail_goes_to_keeps_its_form(address: str, form: str, carried: str) -> None:
    assert normalized(address) == form
    assert envelope_form(address) == carried


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("östen@spv.example", "has characters before the @ that mail servers do not take"),
        ("a\u034fnna@spv.example", "has characters before the @ that mail servers do not take"),
        ("a[1]@spv.example", "is no e-mail address before the @"),
        ("anna..ek@spv.example", "is no e-mail address before the @"),
        (".anna@spv.example", "is no e-mail address before the @"),
        ('"anna ek"@spv.example', "is no e-mail address before the @"),
        ("anna@ek@spv.example", "is no e-mail address before the @"),
        ("<anna@spv.example", "is no e-mail address before the @"),
        (f"{'a' * 65}@spv.example", "is no e-mail address before the @"),
        ("anna@spv..example", "has a domain that mail can't be sent to"),
        ("anna@spv.example.", "has a domain that mail can't be sent to"),
        ("anna@spv_1.example", "has a domain that mail can't be sent to"),
        ("anna@-spv.example", "has a domain that mail can't be sent to"),
        ("anna@[127.0.0.1]", "has a domain that mail can't be sent to"),
        ("anna@spv.local", "has a domain that mail can't be sent to"),
        ("anna@localhost", "has a domain that mail can't be sent to"),
        ("anna@spv.example\u200b", "has a domain that mail can't be sent to"),
        ("anna@spv.example>\r\nRCPT TO:<eva@spv.example", "is no e-mail address before the @"),
        ("anna@spv.exa\rmple", "has a domain that mail can't be sent to"),
        ("@spv.example", "is no e-mail address"),
        ("anna", "is no e-mail address"),
        ("", "is no e-mail address"),
        (f"anna@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.se", "is no e-mail address"),
    ],
)
def test_an_address_that_no_mail_goes_to_is_refused_with_the_reason(address: str, why: str) -> None:
    for read in (normalized, envelope_form):
        with pytest.raises(NoMailGoesThere, match=f"^{why}$"):
            read(address)


def test_a_record_is_refused_by_its_address_in_words_of_both_languages() -> None:
    problems: list[str] = []
    for address in ("östen@spv.example", "a[1]@spv.example", "anna@spv..example", "anna"):
        with pytest.raises(ValidationError) as refused:
            StaffRecord.model_validate({**EMPLOYEE, "email": address})
        problems += [str(problem) for problem in parking.problems(refused.value)]
    assert problems == [
        "email has characters before the @ that mail servers do not take",
        "email is no e-mail address before the @",
        "email has a domain that mail can't be sent to",
        "email is no e-mail address",
    ]
    assert [in_swedish(problem) for problem in problems] == [
        "email har tecken före @ som mejlservrar inte tar emot, till exempel å, ä eller ö",
        "email är ingen e-postadress: det som står före @",
        "email har en domän som det inte går att skicka mejl till",
        "email är ingen e-postadress",
    ]


def test_what_was_published_before_the_rule_is_still_read() -> None:
    assert Reachable(id="p", version=1, email="östen@spv..example").mail_address == "östen@spv..example"


@given(st.text(string.ascii_letters + string.digits + "._+-'!", min_size=1, max_size=70))
def test_what_is_taken_before_the_at_is_what_the_library_takes(local: str) -> None:
    address = f"{local}@spv.example"
    try:
        wanted = validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        wanted = None
    try:
        found = envelope_form(address)
    except NoMailGoesThere:
        found = None
    assert found == wanted


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_smtp_reads_as_its_own_gets_into_an_envelope(local: str, domain: str) -> None:
    try:
        carried = envelope_form(f"{local}@{domain}")
    except NoMailGoesThere:
        return
    assert carried.isascii()
    assert not set(carried) & set(' <>\r\n\t\x00,;:"()[]\\')
