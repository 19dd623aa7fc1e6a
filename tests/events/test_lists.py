"""The list of those who take part: in order, paged, with the counts of all of them."""

from typing import Any

from tests.events.network import MEETINGS, Network
from tests.harness import a_person, eventually

NAMES = ("Örn", "Zorn", "Åberg", "Ängström", "Andersson")


async def listed(network: Network, meeting: str, **params: Any) -> dict[str, Any]:
    answer = await network.http.get(
        f"{MEETINGS}/{meeting}/participants",
        params={"order": "answer", **params},
        headers=network.as_convenor(),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_convenor_of_many_sees_all_of_them_in_order(network: Network) -> None:
    crowd = [
        a_person("csn", f"l{number}", roles=("utredare",), display_name=NAMES[number % 5])
        for number in range(115)
    ]
    await network.people(*crowd)
    meeting = (await network.meeting(audience={"roles": ["utredare"]}, capacity=3))["id"]
    await network.http.post(f"{MEETINGS}/{meeting}/invitations", headers=network.as_convenor())
    await eventually(
        lambda: network.get(meeting), until=lambda m: m["counts"].get("invited") == 115, within=30
    )
    for person in crowd[:5]:
        await network.answer(meeting, person, "accepted")
    first = await listed(network, meeting, limit=100)
    second = await listed(network, meeting, limit=100, page=2)
    assert first["counts"] == second["counts"] == {"accepted": 3, "waiting": 2, "invited": 110}
    assert (len(first["items"]), len(second["items"]), second["next"]) == (100, 15, None)
    everybody = first["items"] + second["items"]
    assert len({one["person_id"] for one in everybody}) == 115
    assert [one["state"] for one in everybody[:6]] == ["accepted"] * 3 + ["waiting"] * 2 + ["invited"]
    assert [one["display_name"] for one in everybody[:3]] == ["Zorn", "Åberg", "Örn"]
    assert [one["place_in_line"] for one in everybody[3:5]] == [1, 2], "in line by their turn"
    names = [one["display_name"] for one in everybody[5:]]
    assert list(dict.fromkeys(names)) == ["Andersson", "Zorn", "Åberg", "Ängström", "Örn"]
    waiting = await listed(network, meeting, state="waiting")
    assert len(waiting["items"]) == 2
    assert waiting["counts"] == first["counts"]
