"""What has been made can be read where the answer says."""

from typing import Any

from tests.directory.network import Network, staff
from tests.harness import signed_in


async def test_what_has_been_made_is_read_where_location_leads(network: Network) -> None:
    [asa] = await network.hire("csn", staff("asa", roles=("upphandlare",)))
    [bo] = await network.hire("spv", staff("bo", roles=("upphandlare",)))
    mine = signed_in(asa, "csn")

    async def made(path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[Any, Any]:
        answer = await network.http.post(f"/directory/v1{path}", json=body, headers=headers)
        assert answer.status_code in {201, 202}, answer.text
        assert answer.headers["location"].startswith("/directory/v1/")
        return answer.json(), await network.http.get(answer.headers["location"], headers=headers)

    group, read = await made("/groups", {"name": "Jurister"}, mine)
    assert (read.status_code, read.json()["id"]) == (200, group["id"])
    asked = {"title": "Hur gör ni?", "text": "Med ramavtal.", "roles": ["upphandlare"]}
    question, read = await made("/questions", asked, mine)
    assert (read.status_code, read.json()["id"]) == (200, question["id"])
    _, read = await made(f"/questions/{question['id']}/answers", {"text": "Så här."}, signed_in(bo, "spv"))
    assert (read.status_code, read.json()["id"]) == (200, question["id"])


async def test_a_body_of_another_kind_is_refused_as_such(network: Network) -> None:
    [asa] = await network.hire("csn", staff("bo"))
    mine = signed_in(asa, "csn")
    for kind, status in (
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/json; charset=utf-8", 201),
    ):
        answer = await network.http.post(
            "/directory/v1/groups", content=b'{"name": "Ekonomer"}', headers={**mine, "Content-Type": kind}
        )
        assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
