"""What people say of themselves and who sees it: D4, D5, D6, D12, D14, D16."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.people.models import HistoryEntry
from services.directory.people.rules import completeness
from services.directory.people.rules.fields import HIDABLE, hidden, seen
from services.directory.people.store import history as store
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.settings import ServiceSettings
from tests.directory.network import Network, heard, staff
from tests.harness import eventually, signed_in

HIDING = {
    "title": "Trollkarl",
    "unit": "Källaren",
    "place": "Sundsvall",
    "phone": "060-18 40 77",
    "email": "hemlig@csn.example",
    "working_days": ["MO", "TU"],
    "ask_me_about": ["runor"],
    "absence": {"since": "2026-01-01", "until": "2099-01-01"},
}
CHOICE = st.sampled_from(["network", "own_agency", "nobody"])


@given(st.dictionaries(st.sampled_from(HIDABLE), CHOICE))
def test_whoever_sees_more_sees_all_that_others_see_d16(choices: Any) -> None:
    assert hidden(choices, "all") <= hidden(choices, "own_agency") <= hidden(choices, "network")
    shown = seen({**HIDING, "name": "Å", "visibility": choices}, "network")
    for name in HIDABLE:
        assert (shown[name] == HIDING[name]) == (choices.get(name, "network") == "network")
    assert shown["name"] == "Å"


@given(st.lists(st.sets(st.sampled_from([each.field for each in completeness.WANTED])), max_size=20))
def test_an_agency_is_as_complete_as_its_people_in_the_mean_d6(lacked: list[set[str]]) -> None:
    profiles = [{each.field: each.field not in lacks for each in completeness.WANTED} for lacks in lacked]
    each = [
        100 - sum(wanted.weight for wanted in completeness.missing(profile)) / completeness.WHOLE * 100
        for profile in profiles
    ]
    lacking = {w.field: sum(w.field in lacks for lacks in lacked) for w in completeness.WANTED}
    mean = sum(each) / len(each) if each else 100
    assert abs(completeness.percent_of_all(len(profiles), lacking) - mean) <= 0.5


async def write(network: Network, id_: str, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = await network.http.patch(f"/directory/v1/people/{id_}", json=changes, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_working_days_absence_and_who_covers_are_shown_d4_d5(
    network: Network, settings: ServiceSettings
) -> None:
    [me, cover] = await network.hire("csn", staff("me"), staff("cover", given_name="Göran", phone="060-2"))
    shown = await write(
        network,
        me,
        signed_in(me, "csn"),
        working_days=["TH", "MO"],
        absence={"since": "2026-12-21", "until": "2027-01-06", "covered_by": cover},
        ask_me_about=["e-faktura"],
    )
    assert shown["working_days"] == ["MO", "TH"], "in the week's order"
    for caller in (network.tokens["spv"], signed_in(me, "csn")):
        seen_by = (await network.get(f"/people/{me}", caller)).json()
        assert (seen_by["cover"]["display_name"], seen_by["cover"]["phone"]) == ("Göran Öberg", "060-2")
        assert seen_by["ask_me_about"] == ["e-faktura"]
    moved = await write(
        network, me, signed_in(me, "csn"), absence={"since": "2026-12-21", "until": "2027-01-08"}
    )
    assert moved["cover"]["id"] == cover, "other days, the same colleague"
    none = {"since": "2026-12-21", "until": "2027-01-08", "covered_by": None}
    assert (await write(network, me, signed_in(me, "csn"), absence=none))["cover"] is None
    shown = await write(network, me, signed_in(me, "csn"), absence={**none, "covered_by": cover})
    announced = await heard(settings, DIRECTORY_PEOPLE, me, shown["version"])
    assert (announced.working_days, announced.absence.covered_by) == (("MO", "TH"), cover)
    await network.hire("csn", staff("cover", status="left"))
    assert (await network.get(f"/people/{me}")).json()["cover"] is None, "who has left covers nobody"


async def test_a_hidden_field_is_seen_searched_and_announced_by_nobody_else_d16(
    network: Network, settings: ServiceSettings
) -> None:
    record = {"title": "Trollkarl", "unit": "Källaren", "email": HIDING["email"], "phone": HIDING["phone"]}
    [me, colleague, boss] = await network.hire(
        "csn", staff("me", roles=("jurist",), **record), staff("colleague"), staff("boss")
    )
    [other] = await network.hire("spv", staff("other", roles=("jurist",)))
    mine = signed_in(me, "csn")
    rest = {name: HIDING[name] for name in ("working_days", "ask_me_about", "absence")}
    await write(network, me, mine, **rest)
    await eventually(lambda: network.names(q="060184077"), until=lambda names: names == ["Öberg"])
    hiding = dict.fromkeys(HIDABLE, "own_agency") | {"phone": "nobody"}
    version = (await write(network, me, mine, visibility=hiding))["version"]

    async def sees(caller: dict[str, str], path: str = f"/people/{me}") -> str:
        answer = await network.get(path, caller)
        assert answer.status_code == 200, answer.text
        return answer.text

    secrets = ["Trollkarl", "Källaren", "060-18 40 77", "hemlig@csn", "runor", '"MO"', "2099"]
    theirs = [secret for secret in secrets if secret != "060-18 40 77"]
    coordinator = await network.coordinate("csn", boss)
    for caller, expected in (
        (network.tokens["spv"], []),
        (signed_in(other, "spv"), []),
        (signed_in(colleague, "csn"), theirs),
        (network.tokens["csn"], theirs),
        (mine, secrets),
        (coordinator, secrets),
    ):
        text = await sees(caller)
        assert [secret for secret in secrets if secret in text] == expected
    for path in (f"/people/{other}/peers", "/people", "/lone-specialists"):
        text = await sees(network.tokens["spv"], path)
        assert not [secret for secret in secrets if secret in text], path
    await eventually(lambda: network.names(q="060184077"), until=lambda names: names == [])
    assert await network.names(mine, q="trollkarl") == [], "the index is everybody's"
    announced = await heard(settings, DIRECTORY_PEOPLE, me, version)
    assert (announced.phone, announced.email, announced.title, announced.place) == ("", None, "", "")
    assert announced.reach_at == HIDING["email"], "mail still finds its way"


async def test_own_place_hidden_gives_no_reason_away_d16(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", roles=("jurist",)))
    await network.hire("spv", staff("other", roles=("jurist",)))
    await write(network, me, signed_in(me, "csn"), visibility={"place": "nobody"})

    async def reasons(caller: dict[str, str]) -> set[str]:
        [peer] = (await network.get(f"/people/{me}/peers", caller)).json()["items"]
        return {reason["code"] for reason in peer["reasons"]}

    assert await reasons(network.tokens["bolagsverket"]) == {"role"}
    assert await reasons(signed_in(me, "csn")) == {"role", "same_place"}


async def test_both_values_of_a_field_stay_visible_to_the_coordinator_d12(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me", phone="060-1"), staff("boss"))
    await write(network, me, signed_in(me, "csn"), phone="070-2")
    await network.hire("csn", staff("me", phone="060-3"))
    coordinator = await network.coordinate("csn", boss)
    owners = {
        each["field"]: each for each in (await network.get(f"/people/{me}", coordinator)).json()["owners"]
    }
    assert owners["phone"] == {
        "field": "phone",
        "owner": "person",
        "agency_value": "060-3",
        "own_value": "070-2",
    }
    assert owners["language"]["owner"] == "agency"
    assert (await network.get(f"/people/{me}", network.tokens["spv"])).json()["owners"] is None


async def test_what_a_profile_lacks_is_explained_in_the_readers_language_d6(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me", phone="", location=""), staff("boss", roles=("chef",)))
    answer = (await network.get(f"/people/{me}", signed_in(me, "csn"))).json()["completeness"]
    assert answer["percent"] == 20
    assert [each["field"] for each in answer["missing"]][:2] == ["roles", "phone"]
    assert (answer["missing"][1]["owner"], "samtal" in answer["missing"][1]["why"]) == ("person", True)
    english = {**signed_in(me, "csn"), "Accept-Language": "en"}
    [why] = [
        each["why"]
        for each in (await network.get(f"/people/{me}", english)).json()["completeness"]["missing"]
        if each["field"] == "phone"
    ]
    assert "call" in why
    coordinator = await network.coordinate("csn", boss)
    whole = (await network.get("/agencies/csn/completeness", coordinator)).json()
    assert (whole["people"], whole["percent"]) == (2, 48)
    assert {each["field"]: each["people"] for each in whole["missing"]}["roles"] == 1
    for stranger in (network.tokens["spv"], signed_in(me, "csn")):
        assert (await network.get("/agencies/csn/completeness", stranger)).status_code == 403


async def test_history_tells_who_changed_what_and_why_in_order_d14(network: Network) -> None:
    [me, boss] = await network.hire("csn", staff("me", phone="060-1", title="Jurist"), staff("boss"))
    coordinator = await network.coordinate("csn", boss)
    await network.hire("csn", staff("me", phone="060-2", title="Jurist"))
    await write(network, me, signed_in(me, "csn"), phone="070-3")
    await write(network, me, coordinator, phone="070-4", reason="Ny telefon")
    history = (await network.get(f"/people/{me}/history", signed_in(me, "csn"))).json()["items"]
    assert [(each["kind"], each["by"], each["reason"]) for each in history] == [
        ("coordinator", boss, "Ny telefon"),
        ("person", me, ""),
        ("feed", None, ""),
    ]
    assert [each["changes"][0]["after"] for each in history] == ["070-4", "070-3", "060-2"]
    assert history[1]["changes"] == [{"field": "phone", "before": "060-2", "after": "070-3", "shown": True}]
    assert history[0]["why"] == "Myndighetens samordnare ändrade"
    for reader, status in ((coordinator, 200), (signed_in("colleague", "csn"), 403), (network.admin, 200)):
        assert (await network.get(f"/people/{me}/history", reader)).status_code == status
    assert (await network.get(f"/people/{me}/history", network.tokens["spv"])).status_code == 403


async def test_history_hides_what_the_reader_may_not_see_d14_d16(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", phone="060-1"))
    await write(network, me, signed_in(me, "csn"), phone="070-3", visibility={"phone": "nobody"})
    [entry] = (await network.get(f"/people/{me}/history", network.tokens["csn"])).json()["items"]
    [phone] = [each for each in entry["changes"] if each["field"] == "phone"]
    assert phone == {"field": "phone", "before": None, "after": None, "shown": False}


async def test_history_of_the_protected_has_no_values_d14_d20(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", phone="060-1"))
    await write(network, me, signed_in(me, "csn"), phone="070-3", reason="Bytt")
    await network.hire("csn", staff("me", phone="060-9", protected=True, title="Hemlig"))
    await network.hire("csn", staff("me", phone="060-9", protected=True, title="Hemligare"))
    answer = await network.get(f"/people/{me}/history", signed_in(me, "csn"))
    assert len(answer.json()["items"]) == 3
    assert not [secret for secret in ("070-3", "060-1", "Hemlig", "Bytt") if secret in answer.text]
    kept = await network.db.history.find({"_id": {"$gte": me}}).to_list(None)
    assert not [change for entry in kept for change in entry["changes"] if "after" in change]


async def test_history_is_bounded_d14(network: Network) -> None:
    for version in range(2, 300):
        entry = HistoryEntry("someone", version, datetime.now(UTC), "feed", None, "", None, None, ())
        await network.running.mongo.transact(lambda tx, entry=entry: store.add(tx, [entry]))
    kept = await network.db.history.count_documents({"_id": {"$gte": "someone/"}})
    assert store.KEPT <= kept <= store.KEPT + 50
    [latest] = await store.page(network.db, "someone", 0, 1)
    assert latest.version == 299


@pytest.mark.parametrize("change", [{"working_days": ["MÅ"]}, {"visibility": {"given_name": "nobody"}}])
async def test_what_can_not_be_said_is_refused_by_name(network: Network, change: dict[str, Any]) -> None:
    [me] = await network.hire("csn", staff("me"))
    answer = await network.http.patch(f"/directory/v1/people/{me}", json=change, headers=signed_in(me, "csn"))
    assert answer.status_code == 422
    assert next(iter(change)) in answer.json()["errors"][0]["field"]
