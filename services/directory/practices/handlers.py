"""The practice library: how an agency does something, and what others made of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.directory.days import today
from services.directory.people.handlers.keepers import tell_keepers
from services.directory.people.rules.visibility import is_visible
from services.directory.people.store import profiles
from services.directory.practices import refusals, rules, store
from services.directory.questions.handlers import questions
from services.directory.search.engine.texts import terms
from services.directory.topics import topic_key, topic_of
from shared.contracts.community import PracticeAdopted, PracticeChanged, PracticeReview
from shared.errors import Invalid
from shared.moments import now_ms
from shared.mongo import Document, Transaction
from shared.wrong_fields import IsMissing


async def write_down(
    tx: Transaction, practice_id: str, owner: Document, fields: Mapping[str, Any], now: datetime
) -> Document:
    """The owner's agency does it like this. What is not said comes from the accepted answer, where one is
    taken over.

    Raises:
        Invalid: something is missing.
        NotFound: there is no such answer.
        Conflict: the answer was not accepted.

    """
    taken = await _from_answer(tx, fields["from_answer_id"])
    said = {name: fields[name] for name in rules.CONTENT if fields[name] is not None}
    content = {**taken, **said}
    if missing := [name for name in rules.CONTENT if not content.get(name)]:
        raise Invalid(**dict.fromkeys(missing, IsMissing()))
    practice = _new(practice_id, owner, content, fields["review_on"], now)
    await store.save(tx, practice)
    return practice


async def _from_answer(tx: Transaction, answer_id: str | None) -> dict[str, Any]:
    if answer_id is None:
        return {}
    answer = await questions.load_answer(tx, answer_id)
    if answer.accepted_at is None:
        raise refusals.AnswerIsNotAccepted(
            "Only an accepted answer is taken over. Ask who asked the question to accept it."
        )
    question = await questions.load_question(tx, answer.question_id)
    return {
        "title": question.title,
        "topic": question.topic,
        "text": answer.text,
        "from_answer_id": answer_id,
        "from_question_id": question.id,
        "credited_id": answer.person_id,
    }


def _new(
    practice_id: str, owner: Document, content: Mapping[str, Any], review_on: date | None, now: datetime
) -> Document:
    review = review_on or today(now) + rules.REVIEWED_EVERY
    practice: Document = {
        "from_answer_id": None,
        "from_question_id": None,
        "credited_id": None,
        "adopted_from": None,
        **content,
        "_id": practice_id,
        "version": 1,
        "content_version": 1,
        "agency": owner["agency"],
        "owner_id": owner["_id"],
        "review_on": review.isoformat(),
        "reminders": 0,
        "withdrawn": False,
        "created_at": now_ms(now),
        "changed_at": now_ms(now),
        "due_at": rules.due(review),
    }
    return findable(practice)


def findable(practice: Document) -> Document:
    """With what it is found by."""
    topic = topic_of(practice["topic"])
    title_terms = terms(f"{practice['title']} {topic}")
    return {
        **practice,
        "topic": topic,
        "topic_key": topic_key(topic),
        "title_terms": title_terms,
        "terms": sorted({*title_terms, *terms(practice["text"])}),
    }


async def change(
    tx: Transaction, practice: Document, changes: Mapping[str, Any], by: str | None, now: datetime
) -> Document:
    """Those who took it over are told when its content changes, and a new owner that it is theirs now, unless
    it was they who said so. `caught_up` says that the agency has looked at what its original has become.

    Raises:
        Invalid: the new owner is not an active employee of the agency.

    """
    wanted = {name: value for name, value in changes.items() if name != "caught_up"}
    if "owner_id" in wanted:
        await _check_owner(tx, practice["agency"], wanted["owner_id"])
    if "topic" in wanted:
        wanted["topic"] = topic_of(wanted["topic"])
    if "review_on" in wanted:
        wanted["review_on"] = wanted["review_on"].isoformat()
    if changes.get("caught_up") and (adopted := practice["adopted_from"]):
        original = await store.load(tx, adopted["practice_id"])
        if original:
            wanted["adopted_from"] = {**adopted, "content_version": original["content_version"]}
    after, content = rules.changed(practice, wanted, now_ms(now))
    if after == practice:
        return practice
    if content:
        after = findable(after)
        for adopter in await store.adopters(tx, practice["_id"]):
            await _tell_changed(tx, adopter, after, content)
    await store.save(tx, after)
    if after["owner_id"] not in {practice["owner_id"], by}:
        await _tell_keepers(tx, after, "directory.practice_owner", f"practice/{after['_id']}/owner")
    return after


async def _check_owner(tx: Transaction, agency: str, owner_id: str) -> None:
    person = (await profiles.load_many(tx, [owner_id])).get(owner_id)
    if person is None or person["status"] != "active" or person["agency"] != agency:
        raise Invalid(owner_id=refusals.IsNotEmployee())


async def _tell_changed(
    tx: Transaction, adopter: Document, original: Document, content: tuple[str, ...]
) -> None:
    notice = PracticeChanged(
        practice_id=adopter["_id"],
        original_id=original["_id"],
        title=adopter["title"],
        original_title=original["title"],
        agency=original["agency"],
        changed=content,
    )
    await tell_keepers(
        tx,
        adopter,
        "directory.practice_changed",
        subject=f"practice/{adopter['_id']}/original",
        version=original["content_version"],
        notice=notice,
    )


async def adopt(
    tx: Transaction, practice_id: str, original: Document, owner: Document, now: datetime
) -> Document:
    """The owner's agency takes it over: a practice of its own from now on, that knows where it came from.

    Raises:
        Conflict: it is the agency's own, was taken over before, or is not in use any more.

    """
    if original["agency"] == owner["agency"]:
        raise refusals.PracticeIsOwn
    if original["withdrawn"]:
        raise refusals.PracticeIsWithdrawn
    if before := await store.adopted_by(tx, original["_id"], owner["agency"]):
        own = f"/directory/v1/practices/{before['_id']}"
        raise refusals.PracticeIsAdopted(f"Your agency has taken this over already: {own}", practice=own)
    adopted = {"practice_id": original["_id"], "content_version": original["content_version"]}
    content = {name: original[name] for name in rules.CONTENT}
    practice = _new(practice_id, owner, {**content, "adopted_from": adopted}, None, now)
    await store.save(tx, practice)
    notice = PracticeAdopted(
        practice_id=original["_id"],
        adopted_id=practice_id,
        title=original["title"],
        agency=owner["agency"],
        adopter_id=owner["_id"] if is_visible(owner) else "",
    )
    await tell_keepers(
        tx,
        original,
        "directory.practice_adopted",
        subject=f"practice/{practice_id}",
        version=1,
        notice=notice,
    )
    return practice


async def remind(tx: Transaction, practice_id: str, now: datetime) -> None:
    """The review is due, if it still is."""
    practice = await store.load(tx, practice_id)
    if practice is None or practice.get("due_at") is None or practice["due_at"] > now:
        return
    after = rules.reminded(practice, now_ms(now))
    await store.save(tx, after)
    await _tell_keepers(tx, after, "directory.practice_review", f"practice/{practice_id}")


async def _tell_keepers(tx: Transaction, practice: Document, kind: str, subject: str) -> None:
    notice = PracticeReview(
        practice_id=practice["_id"],
        title=practice["title"],
        topic=practice["topic"],
        review_on=date.fromisoformat(practice["review_on"]),
        adopters=len(await store.adopters(tx, practice["_id"])),
    )
    await tell_keepers(tx, practice, kind, subject=subject, version=practice["version"], notice=notice)


async def load_practice(tx: Transaction, practice_id: str) -> Document:
    """
    Raises:
        NotFound: there is no such practice.

    """
    practice = await store.load(tx, practice_id)
    if practice is None:
        raise refusals.NoSuchPractice
    return practice
