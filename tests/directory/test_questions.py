"""D21, ask the role: who is asked, how long it takes, what happens when nobody answers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.questions import rules
from services.directory.questions.models import Asked, Wanted
from services.directory.worktime import ZONE, after_working_days, holidays, is_working_day, working_hours
from shared.contracts.ids import person_id
from shared.settings import ServiceSettings
from tests.directory.asking import Clock, mails
from tests.directory.network import Network, staff
from tests.harness import eventually, signed_in

WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
QUESTIONS = "/directory/v1/questions"
BODY = {"title": "Hur följer ni upp ramavtal?", "text": "Vi har 40.\n\nHur gör ni?", "roles": ["upphandlare"]}


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-11-25T09:00+01:00", "2026-11-25T12:30+01:00", 3.5),
        ("2026-11-25T16:00+01:00", "2026-11-26T08:30+01:00", 1.0),
        ("2026-11-27T16:30+01:00", "2026-11-30T08:00+01:00", 0),
        ("2026-11-28T10:00+01:00", "2026-11-29T10:00+01:00", 0),
        # Christmas Eve, Christmas Day and a weekend between two mornings.
        ("2026-12-23T08:00+01:00", "2026-12-28T08:00+01:00", 8.5),
        # UTC midnight is one or two in the morning in Sweden.
        ("2026-11-25T00:00+00:00", "2026-11-25T08:00+00:00", 1.0),
    ],
)
def test_the_clock_runs_in_working_hours_of_the_agencies_zone(since: str, until: str, hours: float) -> None:
    """D21"""
    assert working_hours(datetime.fromisoformat(since), datetime.fromisoformat(until)) == hours


def test_holidays_are_the_swedish_ones() -> None:
    assert {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14), date(2026, 6, 19)} <= holidays(2026)
    assert {date(2027, 3, 26), date(2027, 5, 6), date(2027, 6, 25)} <= holidays(2027)
    assert not is_working_day(date(2026, 6, 6))


@given(st.integers(0, 4 * 365 * 24 * 60), st.integers(1, 20))
def test_so_many_working_days_later_is_so_much_working_time_later(minutes: int, days: int) -> None:
    """D21: whatever weekends, holidays and clock changes lie between."""
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    later = after_working_days(since, days)
    assert is_working_day(later.astimezone(ZONE).date())
    assert working_hours(since, later) == pytest.approx(8.5 * days, abs=0.1)


def test_rounds_end_with_the_owner_and_then_in_peace() -> None:
    wanted = Wanted(
        title="Hur?",
        text="Hur gör ni?",
        roles=("upphandlare",),
        specialties=(),
        topic=None,
        group_id=None,
        colleagues=False,
        nameless=False,
        ask_at_first=5,
        patience_days=2,
    )
    question = rules.new_question(wanted, "q", "p", "csn", None, WEDNESDAY)
    steps = []
    for _ in range(5):
        step = rules.next_step(question, more_peers=True, owner=True)
        steps.append(step)
        if step in {"peers", "owner"}:
            asked = [Asked(person_id=f"p{len(steps)}", at=WEDNESDAY, round=len(steps), reply_ref="r")]
            question = rules.with_asked(question, asked, WEDNESDAY, owner=step == "owner")
        else:
            question = rules.left_in_peace(question, WEDNESDAY)
    assert steps == ["peers", "peers", "peers", "owner", "nobody"]
    assert rules.next_step(question, more_peers=True, owner=True) == "close"


async def ask(network: Network, asker: str, **changes: Any) -> dict[str, Any]:
    answer = await network.http.post(QUESTIONS, json={**BODY, **changes}, headers=signed_in(asker, "csn"))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read(network: Network, id_: str, caller: dict[str, str] | None = None) -> dict[str, Any]:
    return (await network.get(f"/questions/{id_}", caller)).json()


def asked(question: dict[str, Any]) -> set[str]:
    return {each["id"] for each in question["asked_people"]}


async def test_a_question_goes_to_the_best_peers_who_are_here_and_to_no_more_than_was_said(
    network: Network, settings: ServiceSettings
) -> None:
    """D21: ranked as peers are, the absent skipped, own colleagues left out."""
    clock = Clock(network, WEDNESDAY)
    procurer = {"roles": ("upphandlare",)}
    [me, _colleague] = await network.hire("csn", staff("me", **procurer), staff("colleague", **procurer))
    [near, away, skilled] = await network.hire(
        "spv",
        staff("near", **procurer),
        staff("away", **procurer),
        staff("skilled", specialties=("ramavtal",), **procurer),
    )
    [far] = await network.hire("bolagsverket", staff("far", location="Malmö", **procurer))
    absence = {"absence": {"since": "2026-11-20", "until": "2026-11-30"}}
    gone = await network.http.patch(
        f"/directory/v1/people/{away}", json=absence, headers=signed_in(away, "spv")
    )
    assert gone.status_code == 200
    made = await ask(network, me, specialties=["ramavtal"], ask_at_first=2)
    assert made["asked"] == 2
    question = await read(network, made["id"], signed_in(me, "csn"))
    assert asked(question) == {skilled, near}
    assert (await read(network, made["id"]))["asker"]["name"] == "Åsa Öberg"
    sent = await mails(settings, "directory.question_asked", at_least=2)
    assert {request.person_id for request in sent} == {skilled, near}
    assert sent[0].data["paragraphs"] == ["Vi har 40.", "Hur gör ni?"]
    assert len({request.data["reply_ref"] for request in sent}) == 2
    clock.pass_(days=3)
    later = await eventually(
        lambda: read(network, made["id"], signed_in(me, "csn")), until=lambda found: found["asked"] == 3
    )
    assert asked(later) == {skilled, near, far}


async def test_a_specialty_alone_finds_who_has_it(network: Network) -> None:
    """D21"""
    Clock(network, WEDNESDAY)
    [me] = await network.hire("csn", staff("me"))
    [knows, _] = await network.hire("spv", staff("knows", specialties=("e-arkiv",)), staff("other"))
    await eventually(lambda: network.names(specialty="e-arkiv"))
    made = await ask(network, me, roles=[], specialties=["e-arkiv"])
    assert asked(await read(network, made["id"], signed_in(me, "csn"))) == {knows}


async def test_without_an_answer_more_are_asked_at_last_the_groups_owner_and_the_asker_hears_of_it(
    network: Network, settings: ServiceSettings
) -> None:
    """D21: gentle escalation by a clock that survives a restart, each step once."""
    clock = Clock(network, WEDNESDAY)
    [me] = await network.hire("csn", staff("me"))
    [first, owner] = await network.hire("spv", staff("first", roles=("upphandlare",)), staff("owner"))
    group = await network.http.post(
        "/directory/v1/groups", json={"name": "Inköp"}, headers=signed_in(owner, "spv")
    )
    await network.http.put(
        f"/directory/v1/groups/{group.json()['id']}/members/{first}", headers=signed_in(first, "spv")
    )
    made = await ask(network, me)
    assert made["asked"] == 1
    clock.pass_(days=1)
    assert (await read(network, made["id"]))["working_hours"] == 8.5
    clock.pass_(days=4)
    told = await mails(settings, "directory.question_unanswered")
    assert (told[0].person_id, told[0].data["then"], told[0].data["asked"]) == (me, "owner", 1)
    to_owner = await mails(settings, "directory.question_asked", at_least=2)
    assert (to_owner[-1].person_id, to_owner[-1].data["group_name"]) == (owner, "Inköp")
    clock.pass_(days=5)
    told = await mails(settings, "directory.question_unanswered", at_least=2)
    assert told[-1].data["then"] == "nobody"
    clock.pass_(days=60)
    closed = await eventually(
        lambda: read(network, made["id"]), until=lambda found: found["state"] == "closed"
    )
    assert (closed["closed_because"], closed["next_step_at"]) == ("quiet", None)
    assert len(await mails(settings, "directory.question_unanswered", at_least=2)) == 2


async def test_an_answer_stops_the_asking_and_an_accepted_one_closes_the_question(
    network: Network, settings: ServiceSettings
) -> None:
    """D21"""
    clock = Clock(network, WEDNESDAY)
    [me] = await network.hire("csn", staff("me"))
    [one, other] = await network.hire(
        "spv", staff("one", roles=("upphandlare",), given_name="Göran"), staff("other")
    )
    made = await ask(network, me)
    path = f"{QUESTIONS}/{made['id']}/answers"
    clock.pass_(hours=3)
    own = await network.http.post(path, json={"text": "Jag vet"}, headers=signed_in(me, "csn"))
    assert own.status_code == 409
    first = await network.http.post(path, json={"text": "Varje kvartal."}, headers=signed_in(one, "spv"))
    assert first.status_code == 201, first.text
    second = await network.http.post(path, json={"text": "Aldrig."}, headers=signed_in(other, "spv"))
    question = await read(network, made["id"])
    assert (question["state"], question["working_hours"], question["answers"]) == ("answered", 3.0, 2)
    told = await mails(settings, "directory.question_answered", at_least=2)
    assert {request.data["answerer"]["person_id"] for request in told} == {one, other}
    accept = f"/directory/v1/answers/{first.json()['id']}/accept"
    assert (await network.http.post(accept, headers=signed_in(one, "spv"))).status_code == 403
    for _ in range(2):
        accepted = await network.http.post(accept, headers=signed_in(me, "csn"))
        assert accepted.json()["accepted_answer_id"] == first.json()["id"], accepted.text
    assert accepted.json()["closed_because"] == "accepted"
    thanked = await mails(settings, "directory.answer_accepted")
    assert [request.person_id for request in thanked] == [one]
    late = await network.http.post(
        f"/directory/v1/answers/{second.json()['id']}/accept", headers=signed_in(me, "csn")
    )
    assert late.status_code == 409
    assert (
        await network.http.post(path, json={"text": "För sent"}, headers=signed_in(other, "spv"))
    ).status_code == 409


async def test_the_protected_ask_as_their_roles_mailbox_or_not_at_all(
    network: Network, settings: ServiceSettings
) -> None:
    """D21, D20: their id and name leave the directory nowhere."""
    Clock(network, WEDNESDAY)
    await network.join("tionde-verket", "carried")
    hidden = staff("hidden", protected=True, roles=("jurist",), family_name="Hemligsson")
    answer = await network.http.post(
        "/directory/v1/staff-records",
        json={"records": [hidden.model_dump(mode="json", by_alias=True)]},
        headers=network.tokens["tionde-verket"],
    )
    assert answer.status_code == 200, answer.text
    me = person_id("tionde-verket", "hidden")
    [peer] = await network.hire("spv", staff("peer", roles=("upphandlare",)))
    caller = signed_in(me, "tionde-verket")
    refused = await network.http.post(QUESTIONS, json=BODY, headers=caller)
    assert refused.status_code == 409
    await network.http.patch(
        "/directory/v1/agencies/tionde-verket",
        json={"role_mailboxes": {"jurist": "jurister@tionde.example"}},
        headers=network.tokens["tionde-verket"],
    )
    made = await network.http.post(QUESTIONS, json=BODY, headers=caller)
    assert made.status_code == 201, made.text
    seen = await read(network, made.json()["id"])
    assert (seen["asker"], seen["mailbox"]) == (None, "jurister@tionde.example")
    path = f"{QUESTIONS}/{made.json()['id']}/answers"
    await network.http.post(path, json={"text": "Så här."}, headers=signed_in(peer, "spv"))
    [sent] = await mails(settings, "directory.question_asked")
    assert (sent.data.get("asker"), sent.data["mailbox"]) == (
        None,
        "jurister@tionde.example",
    )
    assert me not in sent.model_dump_json()
    no_name = await network.http.post(
        f"{QUESTIONS}/{(await ask(network, (await network.hire('csn', staff('x')))[0]))['id']}/answers",
        json={"text": "Svar"},
        headers=caller,
    )
    assert no_name.status_code == 409


async def test_bad_questions_are_told_everything_that_is_wrong(network: Network) -> None:
    """D21"""
    [me] = await network.hire("csn", staff("me"))
    bad = {"title": "", "text": "\x00", "roles": ["trollkarl"], "ask_at_first": 99, "x": 1}
    answer = await network.http.post(QUESTIONS, json=bad, headers=signed_in(me, "csn"))
    assert {each["field"] for each in answer.json()["errors"]} == {"title", "text", "ask_at_first", "x"}
    unknown = await network.http.post(
        QUESTIONS, json={**BODY, "roles": ["trollkarl"]}, headers=signed_in(me, "csn")
    )
    assert [each["field"] for each in unknown.json()["errors"]] == ["roles"]
    system = await network.http.post(QUESTIONS, json=BODY, headers=network.tokens["csn"])
    assert system.json()["errors"][0]["field"] == "asker_id"
    mine = await network.http.post(QUESTIONS, json={**BODY, "asker_id": me}, headers=network.tokens["spv"])
    assert mine.status_code == 403
    assert (await network.get("/questions", mine="true")).status_code == 403
