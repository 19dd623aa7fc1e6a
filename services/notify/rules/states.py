"""A mail's states: what may happen to it in which, and what comes of it.

A step says what the mail is afterwards and in which states it may have been; store/claims.py writes it only
where the row still is as the step expects. A sender's mail is `sending` in its hands, whether or not its row
already says that it is in doubt: what it knew of earlier doubts is what counts after an answer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from services.notify.models import Mail
from shared.contracts.notify import DeliveryState

SomeMail = TypeVar("SomeMail", bound=Mail)
Mail_co = TypeVar("Mail_co", bound=Mail, covariant=True)
# How often DATA may have begun without an answer before a person has to decide.
MOST_DOUBTS = 2
# Sent again they would tell people what no longer holds.
_OVERTAKEN = frozenset({"superseded", "too_late"})
_AT_ONCE = datetime.fromtimestamp(0, UTC)


class Event(StrEnum):
    CLAIMED = "claimed"  # a process holds it until its lease runs out
    PUT_BACK = "put_back"  # not tried: due again, as if nothing had happened
    SPOILT = "spoilt"  # rendered, and names somebody who may not be named any more
    DOUBTED = "doubted"  # DATA is about to begin: only the server's answer tells whether the mail is out
    SENT = "sent"  # the server has taken it
    DEFERRED = "deferred"  # the server has not taken it now
    KEPT = "kept"  # the server takes nobody's mail: no try is counted
    UNANSWERED = "unanswered"  # the connection broke after the mail's last byte
    FAILED = "failed"  # it is given up
    REVIVED = "revived"  # failed by its address, which was not to blame after all
    SUPPRESSED = "suppressed"  # the last look says that it is not to go out
    SUPERSEDED = "superseded"  # something newer has taken its place
    LEFT_TO_OPERATOR = "left_to_operator"  # in doubt too often: a person decides
    RESENT = "resent"  # a person asks for it once more


@dataclass(frozen=True, slots=True)
class Transition:
    """`to` None: created before the first try and deferred after it. `held`: only by the process that holds
    the mail. `told`: others hear of it. `forgets`: what was rendered is not kept.
    """

    sources: frozenset[DeliveryState]
    to: DeliveryState | None
    held: bool = True
    told: bool = False
    forgets: bool = False


def _of(*states: DeliveryState) -> frozenset[DeliveryState]:
    return frozenset(states)


_HELD = _of("sending", "in_doubt")
_DUE = _of("created", "deferred", "sending", "in_doubt")

TRANSITIONS: dict[Event, Transition] = {
    Event.CLAIMED: Transition(_DUE, "sending", held=False),
    Event.PUT_BACK: Transition(_HELD, None),
    Event.SPOILT: Transition(_HELD, None, forgets=True),
    Event.DOUBTED: Transition(_of("sending"), "in_doubt"),
    # Whoever holds the row by now, and whatever they made of it: the server can't give the mail back.
    Event.SENT: Transition(_DUE | _of("failed", "suppressed"), "sent", held=False, told=True, forgets=True),
    Event.DEFERRED: Transition(_HELD, "deferred", told=True),
    Event.KEPT: Transition(_HELD, "deferred"),
    Event.UNANSWERED: Transition(_HELD, "in_doubt"),
    Event.FAILED: Transition(_HELD, "failed", told=True, forgets=True),
    Event.REVIVED: Transition(_of("failed"), "deferred", held=False, told=True),
    Event.SUPPRESSED: Transition(_HELD, "suppressed", told=True, forgets=True),
    # Not of mails in doubt: they may be with their receivers.
    Event.SUPERSEDED: Transition(
        _of("created", "deferred", "sending"), "suppressed", held=False, told=True, forgets=True
    ),
    Event.LEFT_TO_OPERATOR: Transition(_DUE, "in_doubt", held=False, told=True),
    Event.RESENT: Transition(
        _of("sent", "delivered", "failed", "suppressed", "in_doubt"), "created", held=False, told=True
    ),
}


# What becomes of a mail that nothing more happens to on its own.
_SETTLED: dict[str, object] = {"due_at": None, "claim": "", "slot": False}


class NoSuchStep(Exception):  # noqa: N818
    """It can't happen to a mail in this state."""

    def __init__(self, event: Event, state: DeliveryState) -> None:
        super().__init__(f"{event} of a mail that is {state}")


@dataclass(frozen=True, slots=True)
class Step(Generic[Mail_co]):
    """`mail` as it is afterwards; `claim` is what its row must bear, empty where that does not matter."""

    event: Event
    mail: Mail_co
    claim: str

    @property
    def transition(self) -> Transition:
        return TRANSITIONS[self.event]


def put_back(mail: SomeMail, until: datetime, *, slot: bool = False) -> Step[SomeMail]:
    """Not tried, so nothing is counted, not even a doubt that was marked: DATA was never said."""
    return _step(mail, Event.PUT_BACK, due_at=until, claim="", slot=slot or mail.slot)


def spoilt(mail: SomeMail) -> Step[SomeMail]:
    return _step(mail, Event.SPOILT, due_at=_AT_ONCE, claim="")


def doubted(mail: SomeMail) -> Step[SomeMail]:
    return _step(mail, Event.DOUBTED, doubts=mail.doubts + 1)


def sent(mail: SomeMail, now: datetime) -> Step[SomeMail]:
    attempts = mail.attempts + 1
    return _step(mail, Event.SENT, **_SETTLED, reason="", sent_at=now, attempts=attempts, doubts=0)


def deferred(
    mail: SomeMail, reason: str, until: datetime, *, refused_at: datetime | None = None
) -> Step[SomeMail]:
    """The doubt of this try is settled, an earlier one is not. `refused_at`: for good, says the server, but
    not why, and the next mails tell whether the address is to blame.
    """
    return _step(
        mail,
        Event.DEFERRED,
        reason=reason,
        attempts=mail.attempts + 1,
        due_at=until,
        claim="",
        slot=False,
        refused_at=mail.refused_at or refused_at,
    )


def kept(mail: SomeMail, reason: str, until: datetime) -> Step[SomeMail]:
    return _step(mail, Event.KEPT, reason=reason, due_at=until, claim="")


def unanswered(mail: SomeMail, until: datetime) -> Step[SomeMail]:
    """At `until` it is claimed once more, or left to the operator."""
    return _step(
        mail,
        Event.UNANSWERED,
        reason="outcome_unknown",
        attempts=mail.attempts + 1,
        doubts=mail.doubts + 1,
        due_at=until,
        claim="",
        slot=False,
    )


def failed(mail: SomeMail, reason: str, *, address_refused: bool = False) -> Step[SomeMail]:
    """`address_refused`: nothing more goes to this address, and its agency is told."""
    attempts = mail.attempts + 1
    return _step(
        mail, Event.FAILED, **_SETTLED, reason=reason, attempts=attempts, address_refused=address_refused
    )


def unreadable(mail: SomeMail) -> Step[SomeMail]:
    """Nothing can be rendered of it, so it was never tried."""
    return _step(mail, Event.FAILED, **_SETTLED, reason="unreadable_template")


def revived(mail: SomeMail, until: datetime) -> Step[SomeMail]:
    """Rendered and tried once more; the try that failed counts as none."""
    return _step(mail, Event.REVIVED, due_at=until, attempts=mail.attempts - 1, address_refused=False)


def suppressed(mail: SomeMail, reason: str) -> Step[SomeMail]:
    return _step(mail, Event.SUPPRESSED, **_SETTLED, reason=reason)


def superseded(mail: SomeMail) -> Step[SomeMail]:
    return _step(mail, Event.SUPERSEDED, **_SETTLED, reason="superseded")


def why_not_again(mail: Mail) -> Literal["on_its_way", "overtaken"] | None:
    """What stands against sending a mail again because somebody asks for it."""
    if not mail.is_settled:
        return "on_its_way"
    return "overtaken" if mail.reason in _OVERTAKEN else None


def is_new_edition(mail: Mail) -> bool:
    """Sent again, what may be with its receiver already goes out unchanged, Message-ID and all, so that mail
    programs can tell it is the same; anything else is rendered again under a Message-ID of its own.
    """
    return mail.state != "in_doubt"


def resent(mail: SomeMail, asked_by: str, now: datetime) -> Step[SomeMail]:
    new = is_new_edition(mail)
    return _step(
        mail,
        Event.RESENT,
        reason="",
        due_at=now,
        claim="",
        # A doubt that a person has looked at leaves room for one more try.
        doubts=0 if new else 1,
        refused_at=None,
        address_refused=False,
        asked_by=asked_by,
        resends=mail.resends + 1,
        edition=mail.edition + new,
        message_id="" if new else mail.message_id,
    )


def _step(mail: SomeMail, event: Event, **changes: object) -> Step[SomeMail]:
    transition = TRANSITIONS[event]
    if mail.state not in transition.sources:
        raise NoSuchStep(event, mail.state)
    state = transition.to or ("deferred" if mail.attempts else "created")
    after = mail.model_copy(update={"state": state, **changes})
    return Step(event, after, mail.claim if transition.held else "")
