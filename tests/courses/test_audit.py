"""O2: what of courses is written down with who did it, and nothing else of it."""

import json
from datetime import timedelta

from services.courses import app
from tests.audited import acts_in, entries
from tests.courses.conftest import Network
from tests.courses.test_money_api import OVER, a_full_occasion, noon, sign
from tests.harness import eventually, signed_in


def test_what_the_code_writes_is_what_is_read_here() -> None:
    assert acts_in(app) == {"baseline.signed", "occasion.settled"}


async def test_who_signs_what_a_course_would_have_cost_is_written_with_the_figures_and_without_the_words(
    network: Network,
) -> None:
    coordinator = signed_in(network.coordinator.id, "csn")
    course = await network.course()
    path = f"/courses/v1/courses/{course}/baselines/csn"
    body = {"low_ore": 5_000, "high_ore": 9_000, "basis": "Offert från Zzxqvist"}
    for _ in range(2):
        answer = await network.http.put(path, json=body, headers=coordinator)
        assert answer.status_code == 200, answer.text
    assert (await sign(network, course, "spv", 1, 2)).status_code == 404
    assert (await sign(network, course, "csn", 2, 1)).status_code == 422
    assert (await sign(network, course, "csn", 6_000, 9_000)).status_code == 200
    by_person, by_system = await entries(network.running, coordinator)
    for entry, low in ((by_person, 5_000), (by_system, 6_000)):
        assert (entry["act"], entry["thing"]) == ("baseline.signed", f"course/{course}")
        assert (entry["agency"], entry["person_id"]) == ("csn", None)
        assert entry["details"] == {"low_ore": low, "high_ore": 9_000}
    assert (by_person["by"]["kind"], by_person["by"]["person_id"]) == ("person", network.coordinator.id)
    assert (by_system["by"]["kind"], by_system["by"]["person_id"]) == ("system", None)
    assert by_system["by"]["token"]
    assert "Zzxqvist" not in json.dumps([by_person, by_system])


async def test_a_settlement_is_written_once_with_who_settled_and_nothing_of_who_took_part(
    network: Network,
) -> None:
    """By hand it is the one who asked, else the service by its clock."""
    coordinator = signed_in(network.coordinator.id, "csn")
    by_hand, by_clock = await a_full_occasion(network), await network.occasion()
    path = f"/courses/v1/occasions/{by_hand}/settlement"
    assert (await network.http.post(path, headers=coordinator)).status_code == 409
    last_day = OVER - timedelta(days=1)
    network.running.service.app.state.clock = lambda: noon(last_day)
    for _ in range(2):
        answer = await network.http.post(path, headers=coordinator)
        assert answer.status_code in {200, 201}, answer.text
    network.running.service.app.state.clock = lambda: noon(OVER)
    await eventually(lambda: network.db.settlements.find_one({"_id": by_clock}))
    found = await entries(network.running, coordinator)
    assert [(entry["act"], entry["thing"], entry["agency"]) for entry in found] == [
        ("occasion.settled", f"occasion/{by_hand}", "csn"),
        ("occasion.settled", f"occasion/{by_clock}", "csn"),
    ]
    assert {(str(entry["details"]), entry["person_id"]) for entry in found} == {("{}", None)}
    first, second = (entry["by"] for entry in found)
    assert (first["kind"], first["person_id"]) == ("person", network.coordinator.id)
    assert (second["kind"], second["service"], second["person_id"]) == ("service", "courses", None)
    spv = {"agency": "spv"}
    refused = await network.http.get("/courses/v1/audit-entries", headers=coordinator, params=spv)
    assert refused.status_code == 404
