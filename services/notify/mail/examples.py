"""What each kind looks like filled in: for previews, and for the tests that read every template."""

from datetime import UTC, date, datetime

from shared.contracts.community import (
    AnswerAccepted,
    GroupAsleep,
    GroupOwner,
    GroupProposal,
    PracticeAdopted,
    PracticeChanged,
    PracticeReview,
    QuestionAnswered,
    QuestionAsked,
    QuestionUnanswered,
)
from shared.contracts.notify import (
    CoordinatorTasks,
    CourseNotice,
    FeedInterrupted,
    LoneSpecialistCard,
    MassLeaveHeld,
    MeetingNotice,
    ParticipantLeft,
    PeerLine,
    SharedMailbox,
    SignInLink,
    WrongAddresses,
    WrongAddressLine,
)
from shared.contracts.profiles import CorrectionDecided, ProfileEdited, SpecialistLost, StillRight
from shared.contracts.trust import AddressesClaimed, Claim, MailDomainChanged, TrustChanged
from shared.contracts.types import Contract

# Of those about a meeting.
SUBJECT = "meeting/0193a1b2-6c1a-7b0e-9a0f-6f1d2c3b4a59"
_MEETING = MeetingNotice(
    title="Nätverksträff för upphandlare",
    starts_at=datetime(2026, 12, 3, 12, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 3, 14, 0, tzinfo=UTC),
    zone="Europe/Stockholm",
    place="Bolagsverket, Stuvarvägen 21, Sundsvall",
    video_url="https://moten.example/upphandlare",
    convenor_name="Åsa Öberg",
    convenor_agency="bolagsverket",
)
_COURSE = CourseNotice(
    course_id="0193a1b2-6c1a-7b0e-9a0f-6f1d2c3b4a60",
    title_sv="Att jobba i staten",
    title_en="Working for the state",
    days=(date(2027, 1, 19), date(2027, 1, 20)),
    place="Sundsvall",
    cancel_until=datetime(2027, 1, 12, 22, 59, tzinfo=UTC),
)
_CARD = LoneSpecialistCard(
    role_sv="upphandlare",
    role_en="procurement officer",
    agency="bolagsverket",
    peers=(
        PeerLine(
            person_id="0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
            name="Göran Ågren",
            agency="spv",
            title="Inköpare",
            place="Sundsvall",
            phone="+46 60 18 74 00",
            email="goran.agren@spv.example",
            specialties=("ramavtal", "LOU"),
            reasons=("role", "same_place", "specialty"),
        ),
        PeerLine(
            person_id="1c8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
            name="Fatima Lindqvist",
            agency="csn",
            title="Upphandlingsansvarig",
            place="Sundsvall",
            phone="+46 60 18 61 23",
            email="fatima.lindqvist@csn.example",
            reasons=("role", "have_met"),
        ),
        PeerLine(
            person_id="2d8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
            name="Örjan Sjöström-Bergqvist",
            agency="lansstyrelsen-vasternorrland",
            place="Härnösand",
            email="orjan.sjostrom-bergqvist@lansstyrelsen.example",
            reasons=("role", "near"),
        ),
    ),
    mailboxes=(SharedMailbox(agency="csn", address="upphandling@csn.example"),),
    next_meeting_title="Nätverksträff för upphandlare",
    next_meeting_at=datetime(2026, 12, 3, 12, 0, tzinfo=UTC),
    course_title_sv="Att jobba i staten",
    course_title_en="Working for the state",
)

_QUESTION, _ANSWER = "4d9f1d8e-6c1a-7b0e-9a0f-6f1d2c3b4a59", "5e9f1d8e-6c1a-7b0e-9a0f-6f1d2c3b4a59"
_ASKED = QuestionAsked(
    question_id=_QUESTION,
    reply_ref="6f9f1d8e-6c1a-4b0e-9a0f-6f1d2c3b4a59",
    title="Hur följer ni upp era ramavtal?",
    paragraphs=(
        "Vi har fyrtio ramavtal och en person som följer upp dem. Det blir de avtal som någon klagar på.",
        "Hur väljer ni vilka ni följer upp, och hur ofta? Har ni en mall som går att låna?",
    ),
    roles_sv=("Upphandlare",),
    roles_en=("Procurement officer",),
    specialties=("ramavtal",),
    asker=PeerLine(
        person_id="7a8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
        name="Åsa Öberg",
        agency="bolagsverket",
        title="Inköpare",
        place="Sundsvall",
        phone="+46 60 18 40 00",
        email="asa.oberg@bolagsverket.example",
    ),
    asker_agency="bolagsverket",
)

EXAMPLES: dict[str, Contract] = {
    "directory.lone_specialist": _CARD,
    "directory.specialist_lost": SpecialistLost(
        role_sv="Upphandlare", role_en="Procurement officer", agency="bolagsverket", peers=_CARD.peers
    ),
    "directory.profile_edited": ProfileEdited(
        fields=("phone", "title", "working_days"),
        editor_id=_CARD.peers[0].person_id,
        editor_name="Göran Ågren",
    ),
    "directory.correction_decided": CorrectionDecided(
        person_id=_CARD.peers[1].person_id,
        name=_CARD.peers[1].name,
        agency=_CARD.peers[1].agency,
        field="phone",
        decision="accepted",
        decider=_CARD.peers[0].model_copy(update={"agency": "csn", "email": "goran.agren@csn.example"}),
    ),
    "directory.still_right": StillRight(
        me=_CARD.peers[0],
        link="https://portal.agencynet.example/confirmations/6vJw0oW3l2Yk8mQ1x7Zt4cR9sB5nD0fGhJkLpOiUyTe",
    ),
    "directory.question_asked": _ASKED,
    "directory.question_answered": QuestionAnswered(
        question_id=_QUESTION,
        answer_id=_ANSWER,
        title=_ASKED.title,
        paragraphs=(
            "Vi väljer efter belopp och risk: de tio största varje kvartal, resten en gång om året.",
        ),
        answerer=_CARD.peers[0],
    ),
    "directory.question_unanswered": QuestionUnanswered(
        question_id=_QUESTION, title=_ASKED.title, asked=5, working_days=2, then="peers", more=4
    ),
    "directory.answer_accepted": AnswerAccepted(
        question_id=_QUESTION,
        answer_id=_ANSWER,
        title=_ASKED.title,
        asker_name="Åsa Öberg",
        asker_agency="bolagsverket",
    ),
    "directory.group_owner": GroupOwner(
        group_id=_QUESTION,
        group_name="Löpning vid lunch",
        owner_id="0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
        owner_name="Göran Ågren",
        owner_agency="spv",
    ),
    "directory.group_proposal": GroupProposal(
        group_id=_QUESTION,
        group_name="Inköpsnätverket",
        reason="activity",
        members=12,
        agencies=5,
        meetings=7,
    ),
    "directory.group_asleep": GroupAsleep(
        group_id=_QUESTION, group_name="Löpning vid lunch", since=date(2026, 5, 20)
    ),
    "directory.practice_adopted": PracticeAdopted(
        practice_id=_QUESTION,
        adopted_id=_ANSWER,
        title="Friskvårdsbidrag mot kvitto",
        agency="spv",
        adopter_id="0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
        adopter_name="Göran Ågren",
    ),
    "directory.practice_changed": PracticeChanged(
        practice_id=_ANSWER,
        original_id=_QUESTION,
        title="Friskvårdsbidrag",
        original_title="Friskvårdsbidrag mot kvitto",
        agency="csn",
        changed=("text",),
    ),
    "directory.practice_review": PracticeReview(
        practice_id=_QUESTION,
        title="Friskvårdsbidrag mot kvitto",
        topic="friskvård",
        review_on=date(2026, 11, 25),
        adopters=2,
    ),
    "directory.practice_owner": PracticeReview(
        practice_id="3f0c1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a5c",
        title="Friskvårdsbidrag mot kvitto",
        topic="friskvård",
        review_on=date(2027, 11, 25),
        adopters=2,
    ),
    "directory.mass_leave_held": MassLeaveHeld(
        agency="bolagsverket",
        held=126,
        left_before=3,
        active=417,
        opened_at=datetime(2026, 11, 25, 8, 12, tzinfo=UTC),
    ),
    "directory.coordinator_tasks": CoordinatorTasks(agency="bolagsverket", corrections=2, words=14, held=1),
    "directory.trust_changed": TrustChanged(
        agency="bolagsverket", trust="coordinators", given=(_CARD.peers[0],), withdrawn=(_CARD.peers[1],)
    ),
    "directory.mail_domain_changed": MailDomainChanged(
        agency="bolagsverket", before="bv.example", after="bolagsverket.example"
    ),
    "directory.addresses_claimed": AddressesClaimed(
        agency="bolagsverket",
        claimed_from_us=(Claim(agency="csn", domain="bolagsverket", people=2),),
        claimed_by_us=(Claim(agency="bolagsverket", domain="spv", people=1),),
    ),
    "directory.feed_interrupted": FeedInterrupted(
        agency="bolagsverket", unreadable=1, missed=74, at=datetime(2026, 11, 25, 8, 12, tzinfo=UTC)
    ),
    "events.invited": _MEETING,
    "events.place_confirmed": _MEETING,
    "events.place_waiting": _MEETING.model_copy(update={"place_in_line": 3}),
    "events.place_given": _MEETING,
    "events.tentative": _MEETING,
    "events.declined": _MEETING,
    "events.changed": _MEETING.model_copy(update={"changed": ("starts_at", "ends_at", "place")}),
    "events.cancelled": _MEETING,
    "events.convenor": _MEETING,
    "events.reminder": _MEETING,
    "events.answer_wanted": _MEETING,
    "events.thanks": _MEETING,
    "events.record_attendance": _MEETING.model_copy(update={"coming": 14}),
    "events.participant_left": ParticipantLeft(
        title=_MEETING.title,
        starts_at=_MEETING.starts_at,
        zone=_MEETING.zone,
        left_name="Göran Ågren",
        promoted_name="Fatima Lindqvist",
    ),
    "courses.recommended": _COURSE.model_copy(update={"employed_months": 2}),
    "courses.seat_confirmed": _COURSE,
    "courses.seat_waiting": _COURSE.model_copy(update={"place_in_line": 1}),
    "courses.seat_given": _COURSE,
    "courses.cancelled": _COURSE,
    "notify.wrong_addresses": WrongAddresses(
        agency="bolagsverket",
        count=2,
        people=(
            WrongAddressLine(
                person_id="0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a59",
                name="Göran Ågren",
                title="Inköpare",
                fault="refused",
            ),
            WrongAddressLine(
                person_id="0b8f1d8e-6c1a-5b0e-9a0f-6f1d2c3b4a60", name="Åsa Öberg", fault="unusable"
            ),
        ),
    ),
    "portal.sign_in": SignInLink(minutes=15),
}
AGENCIES_SV = {
    "bolagsverket": "Bolagsverket",
    "spv": "SPV",
    "csn": "CSN",
    "lansstyrelsen-vasternorrland": "Länsstyrelsen Västernorrland",
}
AGENCIES_EN = {
    "bolagsverket": "Swedish Companies Registration Office",
    "spv": "National Government Employee Pensions Board",
    "csn": "Swedish Board of Student Finance",
    "lansstyrelsen-vasternorrland": "County Administrative Board of Västernorrland",
}
