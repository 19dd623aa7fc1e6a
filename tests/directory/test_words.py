"""An agency's own words are mapped later, and backwards (D3)."""

from tests.directory.network import Network, staff
from tests.harness import eventually

PATH = "/directory/v1/specialty-mappings/csn/RA-avtal"


async def test_a_word_for_a_specialty_is_mapped_backwards_and_forgotten_again_d3(network: Network) -> None:
    mine = network.tokens["csn"]
    [me, _] = await network.hire(
        "csn",
        staff("a", roles=("upphandlare", "Trollkarl"), specialties=("RA-avtal", "LOU")),
        staff("b", roles=("Trollkarl",)),
    )

    async def specialties() -> list[str]:
        return (await network.get(f"/people/{me}")).json()["specialties"]

    waiting = (await network.get("/agencies/csn/unmapped", mine)).json()
    assert waiting == {
        "roles": [{"word": "Trollkarl", "people": 2}],
        "specialties": [{"word": "RA-avtal", "people": 1}],
    }
    mapped = await network.http.put(PATH, json={"specialty": "Ramavtal"}, headers=mine)
    assert mapped.status_code == 200, mapped.text
    await eventually(specialties, until=lambda found: found == ["ramavtal", "LOU"])
    await network.hire("csn", staff("c", specialties=("ra-avtal",)))
    assert (await network.get("/agencies/csn/unmapped", mine)).json()["specialties"] == []
    [listed] = (await network.get("/specialty-mappings", mine)).json()["items"]
    assert (listed["word"], listed["specialty"]) == ("RA-avtal", "ramavtal")
    assert (await network.get("/role-mappings", mine)).json()["items"] == []
    assert (await network.http.delete(PATH, headers=mine)).status_code == 204
    await eventually(specialties, until=lambda found: found == ["RA-avtal", "LOU"])


async def test_only_the_agency_maps_its_words_and_only_to_what_is_listed_d3(network: Network) -> None:
    foreign = await network.http.put(PATH, json={"specialty": "ramavtal"}, headers=network.tokens["spv"])
    unlisted = await network.http.put(PATH, json={"specialty": "Trolleri"}, headers=network.tokens["csn"])
    assert (foreign.status_code, unlisted.status_code) == (403, 422)
    assert unlisted.json()["errors"][0]["field"] == "specialty"
    assert (await network.get("/agencies/csn/unmapped", network.tokens["spv"])).status_code == 403
