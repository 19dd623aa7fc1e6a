"""Ask the role: a question finds those who can answer it, and does not give up at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
    fields: Mapping[str, Any],
    specialists: Specialists,
    now: datetime,
) -> Document:
    """The first peers are asked in this transaction. Who may not be seen asks as their role's mailbox.

    Raises:
        Invalid: a role or a group that there is not.
        Conflict: too many open questions, or no name and no mailbox to ask under.

    """
    await _check(tx, fields)
    if await store.open_of(tx, asker["_id"], MOST_OPEN) >= MOST_OPEN:
        raise refusals.TooManyQuestions(
            f"You have {MOST_OPEN} open questions. Close one first.", most=MOST_OPEN
        )
    agency = await agencies.load_agency(tx, asker["agency"])
    speaks_for = rules.mailbox_role(role_codes(asker, today(now)), agency["role_mailboxes"])
    nameless = fields["nameless"] or not is_visible(asker)
    if nameless and speaks_for is None:
        raise refusals.NoNameToAskUnder(
            "Without your name you ask as your role's shared mailbox, and your agency has none for a role of "
            "yours. Its coordinator can add one."
        )
    told = {**fields, "nameless": nameless, "speaks_for": speaks_for}
    question = rules.new_question(
        {**told, "asker_id": asker["_id"], "agency": asker["agency"]}, question_id, now_ms(now)
    )
    peers = await asking.next_peers(tx, question, asker, specialists, now)
    if peers:
        question = await _ask_peers(tx, question, asker, peers, now)
    await store.save(tx, question)
    return question


async def _check(tx: Transaction, fields: Mapping[str, Any]) -> None:
    wrong: dict[str, WrongField] = {}
    if unknown := sorted(set(fields["roles"]) - set(ROLES)):
        wrong["roles"] = IsNoRole(f"there is no role {', '.join(unknown)}; see GET /directory/v1/roles")
    if not fields["roles"] and not fields["specialties"]:
        wrong["roles"] = refusals.NobodyCanAnswer()
    if fields["group_id"] and await groups.load(tx, fields["group_id"]) is None:
        wrong["group_id"] = refusals.GroupIsUnknown("There is no such group.")
    if wrong:
        raise Invalid(**wrong)


async def _ask_peers(
    tx: Transaction, question: Document, asker: Document, peers: list[Document], now: datetime
) -> Document:
    asked = asking.asked_now(peers, question["rounds"] + 1, now_ms(now))
    after = rules.with_asked(question, asked, now_ms(now))
    await asking.tell_asked(tx, after, asker, asked)
    return after


async def take_step(tx: Transaction, question_id: str, specialists: Specialists, now: datetime) -> None:
    """What is due, if it still is: the next peers, the group's owner, or the end. The asker is told."""
    question = await store.load(tx, question_id)
    if question is None or question.get("due_at") is None or question["due_at"] > now:
        return
    asker = (await profiles.load_many(tx, [question["asker_id"]])).get(question["asker_id"])
    if asker is None or asker["status"] != "active":
        await store.save(tx, rules.closed(question, "asker_left", now_ms(now)))
        return
    await store.save(tx, await _next(tx, question, asker, specialists, now))


async def _next(
    tx: Transaction, question: Document, asker: Document, specialists: Specialists, now: datetime
) -> Document:
    peers = await asking.next_peers(tx, question, asker, specialists, now)
    owner, group_name = await _owner(tx, question, asker)
    step = rules.next_step(question, more_peers=bool(peers), owner=owner is not None)
    if step == "close":
        return rules.closed(question, "quiet", now_ms(now))
    if step == "peers":
        after = await _ask_peers(tx, question, asker, peers, now)
        asking.tell_unanswered(tx, {**after, "asked": question["asked"]}, asker, step, len(peers))
        return after
    if step == "owner" and owner is not None:
        asked = asking.asked_now([owner], question["rounds"], now_ms(now))
        after = rules.with_asked(question, asked, now_ms(now), owner=True)
        await asking.tell_asked(tx, after, asker, asked, group_name)
        asking.tell_unanswered(tx, {**after, "asked": question["asked"]}, asker, step, 1, group_name)
        return after
    after = rules.left_in_peace(question, now_ms(now))
    asking.tell_unanswered(tx, after, asker, step)
    return after


async def _owner(tx: Transaction, question: Document, asker: Document) -> tuple[Document | None, str]:
    """The owner of the group, if it is somebody who can be asked and has not been."""
    ids = [each["person_id"] for each in question["asked"]]
    people = await profiles.load_many(tx, ids)
    group = await asking.group_of(tx, question, people.values())
    if group is None or group["owner_id"] in {None, asker["_id"], *ids}:
        return None, ""
    owner = (await profiles.load_many(tx, [group["owner_id"]])).get(group["owner_id"])
    return (owner, group["name"]) if owner and is_visible(owner) else (None, "")


async def answer(
    tx: Transaction, question_id: str, by: Document, text: str, now: datetime
) -> tuple[Document, Document]:
    """The question and the answer. An answer carries a name, so who may not be seen gives none.

    Raises:
        NotFound: there is no such question.
        Conflict: it is closed, one's own, or has all the answers that it can hold.

    """
    question = await load_question(tx, question_id)
    if question["state"] == "closed":
        raise refusals.QuestionIsClosed
    if question["asker_id"] == by["_id"]:
        raise refusals.QuestionIsOwn
    if not is_visible(by):
        raise refusals.AnswererIsProtected(
            "An answer carries a name, and yours is protected. A colleague can answer for you."
        )
    if question["answers"] >= MOST_ANSWERS:
        raise refusals.QuestionIsFull
    given: Document = {
        "_id": str(uuid_utils.uuid7()),
        "question_id": question_id,
        "person_id": by["_id"],
        "agency": by["agency"],
        "text": text,
        "at": now_ms(now),
        "accepted_at": None,
    }
    after = rules.answered(question, now_ms(now))
    await store.save_answer(tx, given)
    await store.save(tx, after)
    asker = await _asker(tx, question)
    if asker is not None:
        asking.tell_answered(tx, after, asker, given, by)
    return after, given


async def accept(tx: Transaction, answer_id: str, now: datetime) -> Document:
    """The answer helped: the question is closed, and whoever gave it is thanked. Idempotent.

    Raises:
        Conflict: the question is closed, or another answer was accepted.

    """
    given = await load_answer(tx, answer_id)
    question = await load_question(tx, given["question_id"])
    if question["accepted_answer_id"] == answer_id:
        return question
    if question["state"] == "closed":
        raise refusals.QuestionIsClosed
    after = rules.accepted(question, answer_id, now_ms(now))
    await store.save_answer(tx, {**given, "accepted_at": now_ms(now)})
    await store.save(tx, after)
    people = await profiles.load_many(tx, [question["asker_id"], given["person_id"]])
    if len(people) == 2:
        asking.tell_accepted(tx, after, people[question["asker_id"]], given, people[given["person_id"]])
    return after


async def close(tx: Transaction, question: Document, now: datetime) -> Document:
    """The asker needs no answer any more. Idempotent."""
    if question["state"] == "closed":
        return question
    after = rules.closed(question, "by_asker", now_ms(now))
    await store.save(tx, after)
    return after


async def load_question(tx: Transaction, question_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such question.

    """
    question = await store.load(tx, question_id)
    if question is None:
        raise refusals.NoSuchQuestion
    return question


async def load_answer(tx: Transaction, answer_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such answer.

    """
    found = await store.load_answer(tx, answer_id)
    if found is None:
        raise refusals.NoSuchAnswer
    return found


async def _asker(tx: Transaction, question: Document) -> Document | None:
    return (await profiles.load_many(tx, [question["asker_id"]])).get(question["asker_id"])
