"""One of each message, by type; the JSON beside it is what was published. `python -m tests.contracts.samples`
writes the JSON of a new type; what is published already must never change.
"""

from datetime import UTC, date, datetime

from pydantic import BaseModel

from shared.contracts import courses, directory, events, notify, parked, privacy, staff
from shared.contracts.types import Held

PERSON, OTHER = "2b8a1f6e-1111-5111-8111-000000000001", "2b8a1f6e-1111-5111-8111-000000000002"
MEETING, GROUP = "4c9b2a7f-2222-4222-8222-000000000001", "5d0c3b80-3333-4333-8333-000000000001"
OCCASION, COURSE = "6e1d4c91-4444-4444-8444-000000000001", "6e1d4c91-4444-4444-8444-000000000002"
AT = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)

_AUDIENCE = events.Audience(roles=("upphandlare",), places=("Sundsvall", "Härnösand"))

SAMPLES: dict[str, BaseModel] = {
    "staff.record.changed.v1": staff.StaffRecord.model_validate(
        {
            "employee_id": "4711",
            "version": 1764000000000,
            "status": "active",
            "given_name": "Åsa",
            "family_name": "Öberg",
            "email": "asa.oberg@bolagsverket.example",
            "phone": "070-174 06 05",
            "title": "Inköpare",
            "roles": (
                "upphandlare",
                staff.StaffRole(name="Jurist", since=date(2026, 1, 1), until=date(2026, 12, 31)),
            ),
            "assignments": ("huvudskyddsombud",),
            "specialties": ("ramavtal",),
            "unit": "Inköp",
            "location": "Sundsvall",
            "employed_from": date(2021, 3, 1),
            "manager_employee_id": "17",
            "language": "sv",
            "protected": False,
        }
    ),
    "directory.agency.changed.v1": directory.Agency(
        id="bolagsverket",
        version=3,
        name="Bolagsverket",
        full_name="Bolagsverket",
        name_en="Swedish Companies Registration Office",
        kind="myndighet",
        places=("Sundsvall",),
        mail_domain="bolagsverket.example",
        coordinators=(OTHER,),
        steering=(OTHER,),
        role_mailboxes={"upphandlare": "upphandling@bolagsverket.example"},
        tokens=(directory.AgencyToken(sha256="0" * 64, scopes=("directory:read",), expires_at=AT),),
    ),
    "directory.person.changed.v1": directory.Person(
        id=PERSON,
        version=4,
        agency="bolagsverket",
        given_name="Åsa",
        family_name="Öberg",
        display_name="Åsa Öberg",
        email="asa.oberg@bolagsverket.example",
        phone="070-174 06 05",
        title="Inköpare",
        roles=(Held(code="upphandlare"),),
        assignments=(Held(code="huvudskyddsombud", since=date(2026, 1, 1)),),
        specialties=("ramavtal",),
        unit="Inköp",
        place="Sundsvall",
        employed_from=date(2021, 3, 1),
        manager_id=OTHER,
        groups=(GROUP,),
        absence=directory.Absence(since=date(2026, 12, 20), until=date(2027, 1, 6), covered_by=OTHER),
        ask_me_about=("dynamiska inköpssystem",),
        working_days=("MO", "TU", "TH"),
    ),
    "directory.group.changed.v1": directory.Group(
        id=GROUP,
        version=2,
        name="Inköpsnätverket",
        purpose="Ramavtal",
        owner_id=OTHER,
        members=(PERSON, OTHER),
    ),
    "events.meeting.changed.v1": events.Meeting(
        id=MEETING,
        version=5,
        title="Nätverksträff för upphandlare",
        kind="network",
        starts_at=AT,
        ends_at=AT.replace(hour=14),
        zone="Europe/Stockholm",
        place="Bolagsverket, Sundsvall",
        video_url="https://video.example/rum",
        capacity=12,
        taken=7,
        audience=_AUDIENCE,
        group_id=GROUP,
        convenor_id=OTHER,
        convenor_agency="bolagsverket",
        sequence=1,
    ),
    "events.attendance.changed.v1": events.Attendance(
        id=f"{MEETING}/{PERSON}",
        version=2,
        meeting_id=MEETING,
        person_id=PERSON,
        agency="bolagsverket",
        state="accepted",
        attended=True,
    ),
    "courses.occasion.changed.v1": courses.Occasion(
        id=OCCASION,
        version=3,
        course_id=COURSE,
        title="Att jobba i staten",
        title_en="Working for the state",
        max_months=6,
        days=(date(2027, 1, 20), date(2027, 1, 21)),
        place="Sundsvall",
        host="csn",
        seats=20,
        taken=4,
        quotas={"csn": 4, "spv": 2},
        quotas_open_at=AT,
        cost_ore=4_500_000,
        cost_key="seat",
    ),
    "courses.enrolment.changed.v1": courses.Enrolment(
        id=f"{OCCASION}/{PERSON}",
        version=1,
        occasion_id=OCCASION,
        person_id=PERSON,
        agency="bolagsverket",
        state="enrolled",
    ),
    "courses.settlement.changed.v1": courses.Settlement(
        id=OCCASION,
        version=1,
        occasion_id=OCCASION,
        cost_ore=100,
        cost_key="equal",
        shares_ore={"bolagsverket": 34, "csn": 33, "spv": 33},
    ),
    "notify.notification.requested.v1": notify.Request(
        person_id=PERSON,
        kind="events.invited",
        subject=f"meeting/{MEETING}",
        subject_version=1,
        data={"title": "Nätverksträff för upphandlare", "starts_at": "2026-12-03T12:00:00Z"},
        calendar=notify.CalendarPart(method="REQUEST", ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        not_after=AT,
    ),
    "notify.delivery.changed.v1": notify.Delivery(
        id="7f2e5da2-5555-5555-8555-000000000001",
        version=3,
        person_id=PERSON,
        kind="events.invited",
        subject=f"meeting/{MEETING}",
        subject_version=1,
        state="sent",
        message_id="<7f2e5da2@agencynet.example>",
        sent_at=AT,
    ),
    "directory.privacy.requested.v1": privacy.PrivacyRequest(
        id="7f2e5da2-6666-7666-8666-000000000001",
        version=1,
        kind="erasure",
        agency="bolagsverket",
        people=(privacy.Subject(id=PERSON, version=5),),
        wanted=privacy.Wanted(salt="6c1a", names=("0" * 64,), namesakes=("1" * 64,), lengths=(2, 4)),
        key={"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1B", "y": "x_FEzRu9m36H"},
    ),
    **{
        f"{service}.privacy.answered.v1": privacy.PrivacyAnswer(
            request_id="7f2e5da2-6666-7666-8666-000000000001",
            request_version=1,
            attempt="019358a0-0000-7000-8000-000000000001",
            piece=1,
            last=True,
            sealed="eyJhbGciOiJFQ0RILUVTIn0..iv.text.tag",
            classes=(
                privacy.ClassCount(
                    name="participations", sv="Möten", en="Meetings", records=3, action="anonymous"
                ),
            ),
            mentions=(privacy.Mention(thing=f"meeting/{MEETING}", field="title", redacted=True),),
        )
        for service in ("events", "courses", "notify", "portal")
    },
    **{
        f"{service}.message.parked.v1": parked.Parked(
            topic="staff.csn",
            partition=1,
            offset=17,
            key="4711",
            kind="refused",
            reason="data.given_name is missing",
            parked_at=AT,
            value_base64="e30=",
        )
        for service in ("directory", "events", "courses", "notify", "portal")
    },
}
