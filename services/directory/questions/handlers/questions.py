"""Ask the role: a question finds those who can answer it, and does not give up at once."""

from datetime import datetime

import uuid_utils

from services.directory.agencies.handlers import agencies
from services.directory.days import today
from services.directory.groups.store import groups
from services.directory.people.rules.days import role_codes
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.questions import refusals, rules, store
from services.directory.questions.handlers import asking
from services.directory.questions.handlers.asking import Specialists
from services.directory.questions.models import Answer, Question, Wanted
from services.directory.refusals import IsNoRole
from services.directory.vocabulary import ROLES
from shared.errors import Invalid, WrongField
from shared.moments import now_ms
from shared.mongo import Document, Transaction

MOST_OPEN = 20
MOST_ANSWERS = 200


async def ask(
    tx: Transaction,
    question_id: str,
    asker: Document,
    wanted: Wanted,
    specialists: Specialists,
    now: datetime,
) -> Question:
    """The first peers are asked in this transaction. Who may not be seen asks as their role's mailbox.

    Raises:
        Invalid: a role or a group that there is not.
        Conflict: too many open questions, or no name and no mailbox to ask under.

    """
    await _check(tx, wanted)
    if await store.open_of(tx, asker["_id"], MOST_OPEN) >= MOST_OPEN:
        raise refusals.TooManyQuestions(
            f"You have {MOST_OPEN} open questions. Close one first.", most=MOST_OPEN
        )
    agency = await agencies.load_agency(tx, asker["agency"])
    speaks_for = rules.mailbox_role(role_codes(asker, today(now)), agency["role_mailboxes"])
    nameless = wanted.nameless or not is_visible(asker)
    if nameless and speaks_for is None:
        raise refusals.NoNameToAskUnder(
            "Without your name you ask as your role's shared mailbox, and your agency has none for a role of "
            "yours. Its coordinator can add one."
        )
    question = rules.new_question(
        wanted.model_copy(update={"nameless": nameless}),
        question_id,
        asker["_id"],
        asker["agency"],
        speaks_for,
        now_ms(now),
    )
    peers = await asking.next_peers(tx, question, asker, specialists, now)
    if peers:
        question = await _ask_peers(tx, question, asker, peers, now)
    await store.save(tx, question)
    return question


async def _check(tx: Transaction, wanted: Wanted) -> None:
    wrong: dict[str, WrongField] = {}
    if unknown := sorted(set(wanted.roles) - set(ROLES)):
        wrong["roles"] = IsNoRole(f"there is no role {', '.join(unknown)}; see GET /directory/v1/roles")
    if not wanted.roles and not wanted.specialties:
        wrong["roles"] = refusals.NobodyCanAnswer()
    if wanted.group_id and await groups.load(tx, wanted.group_id) is None:
        wrong["group_id"] = refusals.GroupIsUnknown("There is no such group.")
    if wrong:
        raise Invalid(**wrong)


async def _ask_peers(
    tx: Transaction, question: Question, asker: Document, peers: list[Document], now: datetime
) -> Question:
    asked = asking.asked_now(peers, question.rounds + 1, now_ms(now))
    after = rules.with_asked(question, asked, now_ms(now))
    await asking.tell_asked(tx, after, asker, asked)
    return after


async def take_step(tx: Transaction, question_id: str, specialists: Specialists, now: datetime) -> None:
    """What is due, if it still is: the next peers, the group's owner, or the end. The asker is told."""
    question = await store.load(tx, question_id)
    if question is None or question.due_at is None or question.due_at > now:
        return
    asker = await _asker(tx, question)
    if asker is None or asker["status"] != "active":
        await store.save(tx, rules.closed(question, "asker_left", now_ms(now)))
        return
    await store.save(tx, await _next(tx, question, asker, specialists, now))


async def _next(
    tx: Transaction, question: Question, asker: Document, specialists: Specialists, now: datetime
) -> Question:
    peers = await asking.next_peers(tx, question, asker, specialists, now)
    owner, group_name = await _owner(tx, question, asker)
    step = rules.next_step(question, more_peers=bool(peers), owner=owner is not None)
    before = len(question.asked)
    if step == "close":
        return rules.closed(question, "quiet", now_ms(now))
    if step == "peers":
        after = await _ask_peers(tx, question, asker, peers, now)
        asking.tell_unanswered(tx, after, asker, step, asked=before, more=len(peers))
        return after
    if step == "owner" and owner is not None:
        asked = asking.asked_now([owner], question.rounds, now_ms(now))
        after = rules.with_asked(question, asked, now_ms(now), owner=True)
        await asking.tell_asked(tx, after, asker, asked, group_name)
        asking.tell_unanswered(tx, after, asker, step, asked=before, more=1, group_name=group_name)
        return after
    after = rules.left_in_peace(question, now_ms(now))
    asking.tell_unanswered(tx, after, asker, step, asked=before)
    return after


async def _owner(tx: Transaction, question: Question, asker: Document) -> tuple[Document | None, str]:
    """The owner of the group, if it is somebody who can be asked and has not been."""
    ids = question.asked_ids
    people = await profiles.load_many(tx, ids)
    group = await asking.group_of(tx, question, people.values())
    if group is None or group["owner_id"] in {None, asker["_id"], *ids}:
        return None, ""
    owner = (await profiles.load_many(tx, [group["owner_id"]])).get(group["owner_id"])
    return (owner, group["name"]) if owner and is_visible(owner) else (None, "")


async def answer(
    tx: Transaction, question_id: str, by: Document, text: str, now: datetime
) -> tuple[Question, Answer]:
    """The question and the answer. An answer carries a name, so who may not be seen gives none.

    Raises:
        NotFound: there is no such question.
        Conflict: it is closed, one's own, or has all the answers that it can hold.

    """
    question = await load_question(tx, question_id)
    if question.state == "closed":
        raise refusals.QuestionIsClosed
    if question.asker_id == by["_id"]:
        raise refusals.QuestionIsOwn
    if not is_visible(by):
        raise refusals.AnswererIsProtected(
            "An answer carries a name, and yours is protected. A colleague can answer for you."
        )
    if question.answers >= MOST_ANSWERS:
        raise refusals.QuestionIsFull
    given = Answer(
        id=str(uuid_utils.uuid7()),
        question_id=question_id,
        person_id=by["_id"],
        agency=by["agency"],
        text=text,
        at=now_ms(now),
    )
    after = rules.answered(question, now_ms(now))
    await store.save_answer(tx, given)
    await store.save(tx, after)
    asker = await _asker(tx, question)
    if asker is not None:
        asking.tell_answered(tx, after, asker, given, by)
    return after, given


async def accept(tx: Transaction, answer_id: str, now: datetime) -> Question:
    """The answer helped: the question is closed, and whoever gave it is thanked. Idempotent.

    Raises:
        Conflict: the question is closed, or another answer was accepted.

    """
    given = await load_answer(tx, answer_id)
    question = await load_question(tx, given.question_id)
    if question.accepted_answer_id == answer_id:
        return question
    if question.state == "closed":
        raise refusals.QuestionIsClosed
    after = rules.accepted(question, answer_id, now_ms(now))
    await store.save_answer(tx, given.model_copy(update={"accepted_at": now_ms(now)}))
    await store.save(tx, after)
    asker, by = await _person(tx, question.asker_id), await _person(tx, given.person_id)
    if asker is not None and by is not None:
        asking.tell_accepted(tx, after, asker, given, by)
    return after


async def close(tx: Transaction, question: Question, now: datetime) -> Question:
    """The asker needs no answer any more. Idempotent."""
    if question.state == "closed":
        return question
    after = rules.closed(question, "by_asker", now_ms(now))
    await store.save(tx, after)
    return after


async def load_question(tx: Transaction, question_id: str) -> Question:
    """
    Raises:
        NotFound: there is no such question.

    """
    question = await store.load(tx, question_id)
    if question is None:
        raise refusals.NoSuchQuestion
    return question


async def load_answer(tx: Transaction, answer_id: str) -> Answer:
    """
    Raises:
        NotFound: there is no such answer.

    """
    found = await store.load_answer(tx, answer_id)
    if found is None:
        raise refusals.NoSuchAnswer
    return found


async def _asker(tx: Transaction, question: Question) -> Document | None:
    return await _person(tx, question.asker_id)


async def _person(tx: Transaction, person_id: str | None) -> Document | None:
    """None of people who are erased."""
    return (await profiles.load_many(tx, [person_id])).get(person_id) if person_id else None
