"""Who is best to call, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.peers.rules.peers import rank_peers
from services.directory.people.rules.places import distance_km
from shared.contracts.events import Attendance, Audience, Meeting
from shared.contracts.topics import EVENTS_ATTENDANCE, EVENTS_MEETINGS
from shared.settings import ServiceSettings
from tests.directory.network import Network, staff
from tests.harness import eventually, publish

TODAY = date(2026, 11, 23)


def someone(id_: str, agency: str = "spv", **changes: Any) -> dict[str, Any]:
    plain = {
        "_id": id_,
        "agency": agency,
        "given_name": "Åsa",
        "family_name": id_,
        "place": "",
        "roles": [{"code": "jurist", "since": None, "until": None}],
        "assignments": [],
        "specialties": [],
        "groups": [],
        "absence": None,
    }
    return {**plain, **changes}


ME = someone("me", "csn", place="Sundsvall", specialties=["dataskydd", "avtalsrätt"], groups=["löpning"])
AWAY = {"since": "2026-11-01", "until": "2026-12-01", "covered_by": None}


def ranked(*candidates: dict[str, Any], met: tuple[str, ...] = ()) -> list[str]:
    found = rank_peers(ME, candidates, roles=["jurist"], met=met, today=TODAY, limit=10)
    return [peer.person["_id"] for peer in found]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (someone("b", specialties=["Dataskydd"]), someone("a")),
        (someone("b", place="sundsvall"), someone("a", place="Härnösand")),
        (someone("b", place="Härnösand"), someone("a", place="Stockholm")),
        (someone("b", place="Stockholm"), someone("a", place="Malmö")),
        (someone("b", place="Stockholm"), someone("a", place="Atlantis")),
        (someone("b", groups=["löpning"]), someone("a")),
        (someone("met"), someone("a")),
        (someone("b"), someone("a", place="Sundsvall", specialties=["dataskydd"], absence=AWAY)),
        (someone("a"), someone("b")),
    ],
)
def test_the_better_peer_comes_first(better: dict[str, Any], worse: dict[str, Any]) -> None:
    expected = [better["_id"], worse["_id"]]
    assert ranked(worse, better, met=("met",)) == ranked(better, worse, met=("met",)) == expected


def test_each_reason_is_told() -> None:
    candidate = someone("b", place="Sundsvall", specialties=["avtalsrätt"], groups=["löpning"])
    [peer] = rank_peers(ME, [candidate], roles=["jurist"], met={"b"}, today=TODAY, limit=1)
    assert [(reason.code, reason.what) for reason in peer.reasons] == [
        ("role", ("jurist",)),
        ("specialty", ("avtalsrätt",)),
        ("same_place", ("Sundsvall",)),
        ("have_met", ()),
        ("same_group", ("löpning",)),
    ]


@pytest.mark.parametrize(
    "candidate",
    [
        someone("colleague", "csn"),
        someone("other", roles=[{"code": "ekonom", "since": None, "until": None}]),
        someone("former", roles=[{"code": "jurist", "since": None, "until": "2026-11-22"}]),
        someone("future", roles=[{"code": "jurist", "since": "2026-11-24", "until": None}]),
    ],
)
def test_who_is_no_peer(candidate: dict[str, Any]) -> None:
    assert ranked(candidate) == []


def test_an_assignment_makes_a_peer_as_a_role_does() -> None:
    assert ranked(someone("a", roles=[], assignments=[{"code": "jurist", "since": None, "until": None}]))


def test_distances_are_right_to_a_few_kilometres() -> None:
    assert distance_km("Sundsvall", "härnösand") == pytest.approx(42, abs=3)
    assert distance_km("Stockholm", "Göteborg") == pytest.approx(397, abs=10)
    assert distance_km("Sundsvall", "Sundsvall") == 0
    assert distance_km("Sundsvall", "") is None


candidate_lists = st.lists(
    st.builds(
        someone,
        st.sampled_from("abcdefgh"),
        st.sampled_from(["csn", "spv", "msb"]),
        place=st.sampled_from(["", "Sundsvall", "Härnösand", "Malmö", "Atlantis"]),
        specialties=st.lists(st.sampled_from(["dataskydd", "avtalsrätt", "annat"]), unique=True),
        absence=st.sampled_from([None, AWAY]),
    ),
    unique_by=lambda person: person["_id"],
)


@given(candidate_lists, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_was_found_first(
    candidates: list[dict[str, Any]], random: Any
) -> None:
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert ranked(*shuffled) == ranked(*candidates)


@given(candidate_lists)
def test_nobody_is_listed_twice_and_the_absent_are_last(candidates: list[dict[str, Any]]) -> None:
    found = rank_peers(ME, [*candidates, *candidates], roles=["jurist"], met=(), today=TODAY, limit=10)
    ids = [peer.person["_id"] for peer in found]
    assert len(ids) == len(set(ids))
    assert [peer.absent for peer in found] == sorted(peer.absent for peer in found)
    assert all(peer.person["agency"] != "csn" for peer in found)


# --- over HTTP ----------------------------------------------------------------------------------------


async def test_peers_are_told_with_phone_and_reason_in_the_readers_language(network: Network) -> None:
    [me] = await network.hire(
        "csn", staff("me", roles=("upphandlare",), specialties=("ramavtal",), location="Sundsvall")
    )
    await network.hire("csn", staff("colleague", roles=("upphandlare",), family_name="Kollega"))
    await network.hire(
        "spv",
        staff("far", roles=("inköpare",), family_name="Fjärran", location="Stockholm"),
        staff("near", roles=("upphandlare",), family_name="Nära", location="Härnösand"),
        staff("best", roles=("upphandlare",), family_name="Bäst", specialties=("ramavtal", "LOU")),
        staff("hidden", roles=("upphandlare",), family_name="Hemlig", protected=True),
        staff("left", roles=("upphandlare",), family_name="Slutat", status="left"),
    )
    answer = await network.get(f"/people/{me}/peers")
    assert answer.status_code == 200, answer.text
    peers = answer.json()["items"]
    assert [peer["family_name"] for peer in peers] == ["Bäst", "Nära", "Fjärran"]
    assert peers[0]["phone"] == "060-18 40 00"
    assert [reason["text"] for reason in peers[0]["reasons"]] == [
        "Samma roll: Upphandlare",
        "Samma område: ramavtal",
        "Samma ort: Sundsvall",
    ]
    assert peers[1]["reasons"][1] == {"code": "near", "text": "Nära: Härnösand, cirka 42 km"}
    english = await network.http.get(
        f"/directory/v1/people/{me}/peers",
        params={"limit": 1},
        headers={**network.tokens["csn"], "Accept-Language": "en-GB,en;q=0.9,sv;q=0.1"},
    )
    assert [reason["text"] for reason in english.json()["items"][0]["reasons"]][:2] == [
        "Same role: Procurement officer",
        "Same specialty: ramavtal",
    ]


async def test_who_holds_only_an_assignment_has_peers_too(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", assignments=("huvudskyddsombud",)))
    await network.hire("spv", staff("peer", assignments=("HSO",), family_name="Skydd"))
    peers = (await network.get(f"/people/{me}/peers")).json()["items"]
    assert [peer["family_name"] for peer in peers] == ["Skydd"]


async def test_a_protected_persons_peers_are_for_their_own_agency(network: Network) -> None:
    [me] = await network.hire("csn", staff("me", roles=("jurist",), protected=True))
    await network.hire("spv", staff("peer", roles=("jurist",)))
    assert (await network.get(f"/people/{me}/peers", network.tokens["spv"])).status_code == 404
    assert len((await network.get(f"/people/{me}/peers")).json()["items"]) == 1


async def test_people_who_were_at_the_same_meeting_have_met(
    network: Network, settings: ServiceSettings
) -> None:
    [me] = await network.hire("csn", staff("me", roles=("jurist",), location="Atlantis"))
    ids = await network.hire(
        "spv",
        *(staff(name, roles=("jurist",), family_name=name) for name in ("absent", "came", "coming", "never")),
    )
    now = datetime.now(UTC)

    def meeting(id_: str, starts_at: datetime) -> Meeting:
        return Meeting(
            id=id_,
            version=1,
            title="Träff",
            kind="network",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            zone="Europe/Stockholm",
            audience=Audience(roles=("jurist",)),
            convenor_id=me,
            convenor_agency="csn",
        )

    def took_part(meeting_id: str, person: str, state: Any, attended: bool | None = None) -> Attendance:
        return Attendance(
            id=f"{meeting_id}/{person}",
            version=1,
            meeting_id=meeting_id,
            person_id=person,
            agency="spv",
            state=state,
            attended=attended,
        )

    await publish(
        settings,
        EVENTS_MEETINGS,
        meeting("past", now - timedelta(days=7)),
        meeting("future", now + timedelta(days=7)),
    )
    await publish(
        settings,
        EVENTS_ATTENDANCE,
        took_part("past", me, "accepted", True),
        took_part("past", ids[0], "accepted", False),
        took_part("past", ids[1], "accepted"),
        took_part("past", ids[3], "declined"),
        took_part("future", me, "accepted"),
        took_part("future", ids[2], "accepted"),
    )

    async def met() -> list[str]:
        peers = (await network.get(f"/people/{me}/peers")).json()["items"]
        return [peer["family_name"] for peer in peers if "have_met" in {r["code"] for r in peer["reasons"]}]

    await eventually(
        lambda: network.db.attendance.count_documents({"_id": {"$gt": ""}}), until=lambda n: n == 6
    )
    await eventually(lambda: network.db.meetings.find_one({"_id": "future"}))
    await eventually(met, until=lambda found: found == ["came"])
    first = (await network.get(f"/people/{me}/peers")).json()["items"][0]
    assert first["family_name"] == "came"


async def test_a_role_mailbox_takes_the_place_of_those_who_may_not_be_shown(network: Network) -> None:
    """D20: beside the peers and on the card, whether or not anybody there is hidden."""
    for slug, protection in (("spv", "left_out"), ("bolagsverket", "carried")):
        mailbox = {"role_mailboxes": {"jurist": f"jurister@{slug}.example"}, "protection": protection}
        path = f"/directory/v1/agencies/{slug}"
        changed = await network.http.patch(path, json=mailbox, headers=network.tokens[slug])
        assert changed.status_code == 200, changed.text
    await network.hire("bolagsverket", staff("shy", roles=("jurist",), family_name="Skyddad", protected=True))
    [me] = await network.hire("csn", staff("me", roles=("jurist",)))
    answer = await network.http.get(
        f"/directory/v1/people/{me}/peers", headers={**network.tokens["csn"], "Accept-Language": "en"}
    )
    assert answer.json()["items"] == []
    mailboxes = [
        {"agency": "bolagsverket in English", "email": "jurister@bolagsverket.example"},
        {"agency": "spv in English", "email": "jurister@spv.example"},
    ]
    assert answer.json()["mailboxes"] == mailboxes
    card = await eventually(
        lambda: network.http.get(
            f"/directory/v1/people/{me}/card", headers={**network.tokens["spv"], "Accept-Language": "en"}
        ),
        until=lambda answer: answer.status_code == 200,
    )
    assert card.json()["cards"][0]["mailboxes"] == mailboxes
    others = (await network.get(f"/people/{me}/peers", role="ekonom")).json()
    assert others["mailboxes"] == [], "of this role there is none"
