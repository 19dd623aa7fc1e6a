"""What may happen to a mail in which state, and what comes of it; without any clock or database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from services.notify.models import Mail
from services.notify.rules import states
from services.notify.rules.states import TRANSITIONS, Event, NoSuchStep, Step
from services.notify.store.notifications import changed
from shared.contracts.notify import DeliveryState
from tests.notify.office import some_mail

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)

# One way to each of the steps that happen to one mail at a time.
STEPS: dict[Event, Callable[[Mail], Step[Mail]]] = {
    Event.PUT_BACK: lambda mail: states.put_back(mail, LATER),
    Event.SPOILT: states.spoilt,
    Event.DOUBTED: states.doubted,
    Event.SENT: lambda mail: states.sent(mail, NOW),
    Event.DEFERRED: lambda mail: states.deferred(mail, "450 4.2.1", LATER),
    Event.KEPT: lambda mail: states.kept(mail, "550 5.7.1", LATER),
    Event.UNANSWERED: lambda mail: states.unanswered(mail, LATER),
    Event.FAILED: lambda mail: states.failed(mail, "550 5.1.1", address_refused=True),
    Event.REVIVED: lambda mail: states.revived(mail, LATER),
    Event.SUPPRESSED: lambda mail: states.suppressed(mail, "switched_off"),
    Event.SUPERSEDED: states.superseded,
    Event.RESENT: lambda mail: states.resent(mail, "anna", NOW),
}
# What each state allows; the rest is refused.
ALLOWED: dict[DeliveryState, str] = {
    "created": "claimed sent superseded left_to_operator",
    "deferred": "claimed sent superseded left_to_operator",
    "sending": "claimed put_back spoilt doubted sent deferred kept unanswered failed suppressed superseded"
    " left_to_operator",
    "in_doubt": "claimed put_back spoilt sent deferred kept unanswered failed suppressed left_to_operator resent",
    "sent": "resent",
    "delivered": "resent",
    "failed": "sent revived resent",
    "suppressed": "sent resent",
}


def test_each_state_allows_what_it_should_and_nothing_else() -> None:
    allowed = {
        state: {str(event) for event, transition in TRANSITIONS.items() if state in transition.sources}
        for state in STATES
    }
    assert allowed == {state: set(events.split()) for state, events in ALLOWED.items()}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", STEPS)
def test_a_step_is_refused_where_the_table_does_not_have_it(event: Event, state: DeliveryState) -> None:
    mail = some_mail(state=state, attempts=1)
    if state in TRANSITIONS[event].sources:
        step = STEPS[event](mail)
        assert step.event is event
        assert step.mail.state == (TRANSITIONS[event].to or "deferred")
    else:
        with pytest.raises(NoSuchStep):
            STEPS[event](mail)


@pytest.mark.parametrize("event", STEPS)
def test_only_what_is_due_can_be_claimed_and_only_what_is_settled_sent_again(event: Event) -> None:
    """Nothing is lost between the two: a mail is due, or a person can have it sent again."""
    for state in TRANSITIONS[event].sources & {"sending", "failed", "sent"}:
        claim = "office/1" if state == "sending" else ""
        after = STEPS[event](some_mail(state=state, claim=claim, attempts=1, due_at=NOW)).mail
        if event is Event.DOUBTED:
            assert after.claim, "whoever marks it goes on holding it"
            continue
        assert not after.claim
        if after.is_settled:
            assert after.state in TRANSITIONS[Event.RESENT].sources
        else:
            assert after.state in TRANSITIONS[Event.CLAIMED].sources
            assert states.why_not_again(after) == "on_its_way"


@pytest.mark.parametrize(
    ("event", "before", "attempts", "doubts"),
    [
        (Event.PUT_BACK, (0, 0), 0, 0),
        (Event.PUT_BACK, (3, 1), 3, 1),
        (Event.KEPT, (3, 1), 3, 1),
        (Event.DOUBTED, (3, 1), 3, 2),
        (Event.UNANSWERED, (3, 0), 4, 1),
        (Event.DEFERRED, (3, 1), 4, 1),
        (Event.FAILED, (3, 1), 4, 1),
        (Event.SENT, (3, 1), 4, 0),
        (Event.SUPPRESSED, (3, 1), 3, 1),
    ],
)
def test_a_step_counts_tries_and_doubts(
    event: Event, before: tuple[int, int], attempts: int, doubts: int
) -> None:
    after = STEPS[event](some_mail(attempts=before[0], doubts=before[1])).mail
    assert (after.attempts, after.doubts) == (attempts, doubts)


def test_what_was_never_tried_is_created_and_what_was_is_deferred() -> None:
    assert states.put_back(some_mail(), LATER).mail.state == "created"
    assert states.put_back(some_mail(attempts=1), LATER).mail.state == "deferred"


def test_a_turn_that_the_rates_gave_lasts_until_the_mail_is_tried() -> None:
    waiting = states.put_back(some_mail(), LATER, slot=True).mail
    assert waiting.slot
    assert states.put_back(waiting.model_copy(update={"state": "sending"}), LATER).mail.slot
    tried = waiting.model_copy(update={"state": "sending"})
    assert not states.deferred(tried, "450", LATER).mail.slot
    assert not states.sent(tried, NOW).mail.slot


def test_the_first_unclear_refusal_is_remembered() -> None:
    first = states.deferred(some_mail(), "550", LATER, refused_at=NOW).mail
    assert first.refused_at == NOW
    second = states.deferred(some_mail(refused_at=NOW), "550", LATER, refused_at=LATER).mail
    assert second.refused_at == NOW
    assert states.deferred(some_mail(), "450", LATER).mail.refused_at is None


def test_a_mail_whose_address_was_not_to_blame_is_as_it_was_before() -> None:
    mail = some_mail(attempts=2, doubts=1)
    failed = states.failed(mail, "550 5.1.1", address_refused=True).mail
    revived = states.revived(failed, LATER).mail
    assert (revived.state, revived.attempts, revived.doubts, revived.due_at) == ("deferred", 2, 1, LATER)
    assert not revived.address_refused


@pytest.mark.parametrize(
    ("mail", "why_not"),
    [
        (some_mail(state="deferred", due_at=NOW), "on_its_way"),
        (some_mail(state="in_doubt", due_at=NOW), "on_its_way"),
        (some_mail(state="suppressed", reason="superseded"), "overtaken"),
        (some_mail(state="suppressed", reason="too_late"), "overtaken"),
        (some_mail(state="suppressed", reason="no_address"), None),
        (some_mail(state="sent"), None),
        (some_mail(state="failed", reason="550 5.1.1"), None),
        (some_mail(state="in_doubt", reason="outcome_unknown"), None),
    ],
)
def test_a_mail_is_sent_again_unless_it_is_on_its_way_or_overtaken(mail: Mail, why_not: str | None) -> None:
    assert states.why_not_again(mail) == why_not


def test_what_may_be_with_its_receiver_goes_again_under_its_message_id() -> None:
    known = {"message_id": "<m1@x>", "claim": "", "refused_at": NOW, "edition": 2, "resends": 2}
    doubtful = states.resent(some_mail(state="in_doubt", doubts=2, **known), "anna", NOW).mail
    assert (doubtful.message_id, doubtful.edition, doubtful.doubts, doubtful.resends) == ("<m1@x>", 2, 1, 3)
    known |= {"address_refused": True}
    failed = states.resent(some_mail(state="failed", **known), "anna", NOW).mail
    assert (failed.message_id, failed.edition, failed.doubts, failed.resends) == ("", 3, 0, 3)
    assert (failed.due_at, failed.asked_by, failed.refused_at) == (NOW, "anna", None)
    assert not failed.address_refused


def test_a_doubt_leaves_the_lease_as_it_is_which_may_have_been_prolonged_meanwhile() -> None:
    doubted = changed(states.doubted(some_mail(due_at=NOW)))
    assert not {"due_at", "claim"} & {*doubted["$set"], *doubted["$unset"]}
    put_back = changed(states.put_back(some_mail(due_at=NOW), LATER))
    assert (put_back["$set"]["due_at"], put_back["$unset"]["claim"]) == (LATER, "")


def test_what_the_server_has_taken_needs_no_claim_and_everything_else_does() -> None:
    assert states.sent(some_mail(), NOW).claim == ""
    for event in TRANSITIONS.keys() & STEPS.keys():
        if TRANSITIONS[event].held:
            assert STEPS[event](some_mail()).claim == "office/1", event


def test_others_hear_of_every_outcome_and_of_no_step_in_between() -> None:
    quiet = {event for event, transition in TRANSITIONS.items() if not transition.told}
    assert quiet == {
        Event.CLAIMED,
        Event.PUT_BACK,
        Event.SPOILT,
        Event.DOUBTED,
        Event.KEPT,
        Event.UNANSWERED,
    }
