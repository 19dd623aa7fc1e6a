"""What somebody's page begins with, in one answer."""

from typing import Any

from tests.directory.network import Network, staff
from tests.harness import eventually, signed_in


async def test_the_overview_says_what_its_parts_say(network: Network) -> None:
    (me,) = await network.hire("csn", staff("ensam", roles=("upphandlare",)))
    others = [staff(f"kollega{n}", roles=("upphandlare",)) for n in range(6)]
    asker, *_ = await network.hire("spv", *others)
    await network.http.patch(
        "/directory/v1/agencies/spv",
        json={"role_mailboxes": {"upphandlare": "inkop@spv.example"}},
        headers=network.tokens["spv"],
    )
    mine, theirs = signed_in(me, "csn"), signed_in(asker, "spv")
    await eventually(
        lambda: network.get(f"/people/{me}/card", mine), until=lambda answer: answer.status_code == 200
    )

    async def make(path: str, headers: dict[str, str], **body: Any) -> None:
        answer = await network.http.post(f"/directory/v1{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text

    await make("/groups", mine, name="Löpning")
    await make("/questions", theirs, title="Hur?", text="Hur gör ni?", roles=["upphandlare"])

    async def part(path: str, **asked: Any) -> Any:
        return (await network.get(path, mine, **asked)).json()

    overview = await part(f"/people/{me}/overview")
    assert overview["cards"] == (await part(f"/people/{me}/card"))["cards"]
    assert len(overview["cards"][0]["peers"]) == 5
    assert overview["roles"] == [one["role"]["code"] for one in overview["cards"]]
    assert overview["peers"] == await part(f"/people/{me}/peers", limit=4)
    assert len(overview["peers"]["items"]) == 4
    assert overview["peers"]["mailboxes"], "of those who may not be shown"
    assert overview["groups"] == (await part("/groups", member=me))["items"] != []
    asked = (await part("/questions", asked_me="true", state="open"))["items"]
    assert [one["title"] for one in overview["questions"]] == [one["title"] for one in asked] == ["Hur?"]


async def test_who_has_nothing_gets_an_empty_overview_and_nobody_gets_anothers(network: Network) -> None:
    one, other = await network.hire("csn", staff("en", roles=("chef",)), staff("annan", roles=("chef",)))
    answer = await network.get(f"/people/{one}/overview", signed_in(one, "csn"))
    told = answer.json()
    assert (told["cards"], told["peers"]["items"], told["groups"], told["questions"]) == ([], [], [], [])
    assert (await network.get(f"/people/{one}/overview", signed_in(other, "csn"))).status_code == 403
    assert (await network.get(f"/people/{one}/overview", network.tokens["csn"])).status_code == 403
