"""Who comes and who came: answers, notes of attendance and the code for it."""

from services.events.handlers import access
from services.events.handlers.desk import Cause, Desk, Step
from services.events.models.documents import Wish
from services.events.rules import attendance, seats
from shared.auth import Caller


def answer(caller: Caller, person_id: str, wish: Wish, cause: Cause) -> Step:
    async def act(desk: Desk) -> None:
        access.require_answerer(caller, desk.meeting, desk.room.participants.get(person_id))
        seats.answer(desk.room, person_id, wish, cause.at)

    return Step(cause, act, people=(person_id,), about=person_id)


def record(caller: Caller, person_id: str, attended: bool | None, cause: Cause) -> Step:
    """Whether somebody came; None takes back what was noted."""

    async def act(desk: Desk) -> None:
        access.require_convenor(caller, desk.meeting)
        attendance.record(desk.room, person_id, attended, cause.at)

    return Step(cause, act, people=(person_id,), about=person_id)


def check_in(caller: Caller, person_id: str, code: str, cause: Cause) -> Step:
    """The person says that they are there, by the code that is shown there."""

    async def act(desk: Desk) -> None:
        access.require_oneself(caller, desk.meeting, desk.room.participants.get(person_id))
        attendance.check_in(desk.room, person_id, code, cause.at)

    return Step(cause, act, people=(person_id,), about=person_id)


def give_code(caller: Caller, cause: Cause) -> Step:
    """Give the meeting a code for those who come, where it has none."""

    async def act(desk: Desk) -> None:
        access.require_convenor(caller, desk.meeting)
        desk.meeting = attendance.with_code(desk.meeting)

    return Step(cause, act)
