"""Who may see and do what."""

from shared.settings import ServiceSettings
from tests.events.network import MEETINGS, Network, a_network, soon


async def test_only_the_convenor_s_side_may_change_a_meeting(network: Network) -> None:
    meeting = await network.invited()
    path = f"{MEETINGS}/{meeting}"
    tag = (await network.http.get(path, headers=network.as_convenor())).headers["etag"]
    for other in (network.as_(network.members[0]), network.system("csn")):
        headers = {**other, "If-Match": tag}
        assert (await network.http.patch(path, json={"place": "x"}, headers=headers)).status_code == 403
        assert (await network.http.post(f"{path}/cancellation", headers=other)).status_code == 403
        assert (await network.http.post(f"{path}/invitations", headers=other)).status_code == 403
    for number, own in enumerate((network.as_coordinator(), network.system("bolagsverket"))):
        tag = (await network.http.get(path, headers=own)).headers["etag"]
        headers = {**own, "If-Match": tag}
        changed = await network.http.patch(path, json={"place": f"Sal {number}"}, headers=headers)
        assert changed.status_code == 200


async def test_somebody_else_s_draft_is_not_there(network: Network) -> None:
    draft = (await network.meeting())["id"]
    path = f"{MEETINGS}/{draft}"
    other = network.system("csn")
    for answer in (
        await network.http.get(path, headers=other),
        await network.http.get(f"{path}/participants", headers=other),
        await network.http.get(f"{path}/calendar", headers=other),
        await network.http.patch(path, json={"place": "x"}, headers={**other, "If-Match": "*"}),
        await network.http.post(f"{path}/cancellation", headers=other),
        await network.http.post(f"{path}/invitations", headers=other),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_each_sees_as_much_of_the_list_as_is_theirs(settings: ServiceSettings) -> None:
    async with a_network(settings, members=4) as network:
        meeting = await network.invited()
        first, second, third, fourth = network.members

        async def seen(headers: dict[str, str]) -> set[str]:
            found = await network.http.get(f"{MEETINGS}/{meeting}/participants", headers=headers)
            return {one["person_id"] for one in found.json()["items"]}

        assert await seen(network.as_convenor()) == {first.id, second.id, third.id, fourth.id}
        assert await seen(network.system("bolagsverket")) == {first.id, second.id, third.id, fourth.id}
        assert await seen(network.system("csn")) == {first.id, third.id}
        assert await seen(network.as_(first)) == {first.id}
        counts = await network.http.get(f"{MEETINGS}/{meeting}", headers=network.as_(first))
        assert counts.json()["counts"] == {"invited": 4}


async def test_one_answers_for_oneself_and_an_agency_for_its_own(network: Network) -> None:
    csn, spv = network.members
    meeting = await network.invited()
    assert (await network.try_answer(meeting, csn, "accepted", **network.system("csn"))).status_code == 200
    assert (await network.try_answer(meeting, spv, "accepted", **network.system("csn"))).status_code == 404
    assert (await network.try_answer(meeting, spv, "accepted", **network.as_(csn))).status_code == 404
    # The convenor's side sees the list, so it is told what it may not do.
    for own in (network.as_convenor(), network.system("bolagsverket")):
        assert (await network.try_answer(meeting, spv, "declined", **own)).status_code == 403
    stranger = await network.try_answer(meeting, network.coordinator, "accepted")
    assert stranger.status_code == 404


async def test_a_meeting_is_convened_by_oneself_or_in_the_agency_s_name(network: Network) -> None:
    body = {"title": "Möte", "starts_at": soon(), "ends_at": soon(hours=1)}

    async def create(headers: dict[str, str], **extra: str) -> tuple[int, set[str]]:
        answer = await network.http.post(MEETINGS, json={**body, **extra}, headers=headers)
        return answer.status_code, {one["field"] for one in answer.json().get("errors", [])}

    assert await create(network.system("bolagsverket")) == (422, {"convenor_id"})
    assert await create(network.system("bolagsverket"), convenor_id=network.convenor.id) == (201, set())
    assert await create(network.system("csn"), convenor_id=network.convenor.id) == (422, {"convenor_id"})
    assert await create(network.as_coordinator(), convenor_id=network.convenor.id) == (201, set())
    assert await create(network.as_(network.members[0]), convenor_id=network.members[1].id) == (
        422,
        {"convenor_id"},
    )


ROUTES = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/{id}"),
    ("PATCH", "/{id}"),
    ("POST", "/{id}/cancellation"),
    ("POST", "/{id}/invitations"),
    ("GET", "/{id}/participants"),
    ("PUT", "/{id}/participants/{id}/answer"),
    ("GET", "/{id}/calendar"),
]


async def test_nothing_is_answered_without_a_token(network: Network) -> None:
    for method, path in ROUTES:
        url = MEETINGS + path.format(id=network.convenor.id)
        assert (await network.http.request(method, url)).status_code == 401, (method, path)


async def test_meetings_are_listed_by_start_a_page_at_a_time(network: Network) -> None:
    late, early, middle = [await network.invited(starts_at=soon(d), ends_at=soon(d, 1)) for d in (9, 3, 6)]
    answer = await network.http.get(MEETINGS, params={"limit": 2}, headers=network.system("spv"))
    assert [one["id"] for one in answer.json()["items"]] == [early, middle]
    following = await network.http.get(answer.json()["next"], headers=network.system("spv"))
    assert [one["id"] for one in following.json()["items"]] == [late]
    assert following.json()["next"] is None
    params = {"starts_from": soon(4), "starts_before": soon(7), "state": "invited", "kind": "network"}
    between = await network.http.get(MEETINGS, params=params, headers=network.system("spv"))
    assert [one["id"] for one in between.json()["items"]] == [middle]
    latest = await network.http.get(MEETINGS, params={"latest_first": True}, headers=network.system("spv"))
    assert [one["id"] for one in latest.json()["items"]] == [late, middle, early]


async def test_a_post_sent_again_makes_one_meeting(network: Network) -> None:
    body = {"title": "Möte", "starts_at": soon(), "ends_at": soon(hours=1)}
    headers = {**network.as_convenor(), "Idempotency-Key": "once"}
    first = await network.http.post(MEETINGS, json=body, headers=headers)
    again = await network.http.post(MEETINGS, json=body, headers=headers)
    assert first.json() == again.json()
    found = await network.http.get(MEETINGS, headers=network.as_convenor())
    assert len(found.json()["items"]) == 1
