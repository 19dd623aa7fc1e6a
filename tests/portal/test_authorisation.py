"""Every page × everybody (P6, O2): what each is for, by hand.

A cell is `ok` (let in, whatever the request then comes to), `sign` (sent to sign in first), 403 or 404.
"""

import re
from typing import Any

import pytest
from oidc_provider_mock import User

from services.portal.app import SPEC
from tests import authorisation
from tests.harness import eventually
from tests.portal.house import Browser, House
from tests.portal.office import a_correction, a_mass_leave, a_tried_file
from tests.portal.provider import at_its_own
from tests.portal.states import still_right
from tests.portal.test_courses import a_course
from tests.portal.test_links import WRONG, a_meeting
from tests.portal.test_me import address

# All but `other` and `steering` work at bolagsverket. `convenor` calls the meeting, keeps the group and asks the
# question; `other` coordinates spv, and `steering` is on the committee from there.
CALLERS = ["nobody", "member", "convenor", "coordinator", "other", "steering"]
NAMES = {
    "member": "Rutmedlem",
    "convenor": "Rutkallare",
    "coordinator": "Rutsamordnare",
    "other": "Rutannan",
    "steering": "Rutstyrande",
}
ROWS = authorisation.table(
    "portal",
    CALLERS,
    # nobody member convenor coordinator other steering, from left to right
    """
    GET    /static/{tag}/{name}                                   ok   ok  ok  ok  ok  ok
    GET    /.well-known/jwks.json                                 ok   ok  ok  ok  ok  ok
    GET    /robots.txt                                            ok   ok  ok  ok  ok  ok
    GET    /language/{chosen}                                     ok   ok  ok  ok  ok  ok
    GET    /accessibility                                         ok   ok  ok  ok  ok  ok
    GET    /sign-in                                               ok   ok  ok  ok  ok  ok
    POST   /sign-in                                               ok   ok  ok  ok  ok  ok
    GET    /sign-in/with/{agency}                                 ok   ok  ok  ok  ok  ok
    GET    /sign-in/callback                                      ok   ok  ok  ok  ok  ok
    GET    /sign-in/callback/{agency}                             ok   ok  ok  ok  ok  ok
    GET    /sign-in/{secret}                                      ok   ok  ok  ok  ok  ok
    POST   /sign-in/{secret}                                      ok   ok  ok  ok  ok  ok
    GET    /answers/{secret}                                      ok   ok  ok  ok  ok  ok
    POST   /answers/{secret}                                      ok   ok  ok  ok  ok  ok
    GET    /unsubscribe/{secret}                                  ok   ok  ok  ok  ok  ok
    POST   /unsubscribe/{secret}                                  ok   ok  ok  ok  ok  ok
    POST   /unsubscribe/{secret}/return                           ok   ok  ok  ok  ok  ok
    GET    /confirmations/{secret}                                ok   ok  ok  ok  ok  ok
    POST   /confirmations/{secret}                                ok   ok  ok  ok  ok  ok
    GET    /calendars/{secret}/meetings.ics                       ok   ok  ok  ok  ok  ok

    GET    /                                                      sign ok  ok  ok  ok  ok
    GET    /people                                                sign ok  ok  ok  ok  ok
    GET    /people/{person_id}                                    sign ok  ok  ok  ok  ok
    GET    /people/{person_id}/alone                              sign ok  ok  ok  ok  ok
    GET    /people/{person_id}/correction                         sign ok  ok  ok  ok  ok
    POST   /people/{person_id}/correction                         sign ok  ok  ok  ok  ok
    GET    /people/{person_id}/card.vcf                           sign ok  ok  ok  ok  ok
    GET    /groups/{group_id}/cards.vcf                           sign ok  ok  ok  ok  ok
    GET    /phone-list                                            sign ok  ok  ok  ok  ok
    GET    /phone-list.csv                                        sign ok  ok  ok  ok  ok
    GET    /me                                                    sign ok  ok  ok  ok  ok
    POST   /me                                                    sign ok  ok  ok  ok  ok
    GET    /me/corrections                                        sign ok  ok  ok  ok  ok
    GET    /me/mail                                               sign ok  ok  ok  ok  ok
    POST   /me/mail                                               sign ok  ok  ok  ok  ok
    GET    /me/calendar                                           sign ok  ok  ok  ok  ok
    POST   /me/calendar                                           sign ok  ok  ok  ok  ok
    POST   /me/calendar/removal                                   sign ok  ok  ok  ok  ok
    GET    /me/held                                               sign ok  ok  ok  ok  ok
    POST   /me/held                                               sign ok  ok  ok  ok  ok
    GET    /me/held/{request_id}                                  sign 404 ok  404 404 404
    GET    /me/held/{request_id}/my-data.json                     sign 404 ok  404 404 404

    GET    /meetings                                              sign ok  ok  ok  ok  ok
    GET    /meetings/{meeting_id}                                 sign ok  ok  ok  ok  ok
    POST   /meetings/{meeting_id}/answer                          sign ok  ok  ok  404 404
    POST   /meetings/{meeting_id}/invitations                     sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/cancellation                    sign 403 ok  ok  403 403
    GET    /meetings/{meeting_id}/change                          sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/change                          sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/change/preview                  sign 403 ok  ok  403 403
    GET    /meetings/{meeting_id}/attendance                      sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/attendance                      sign 403 ok  ok  403 403
    GET    /meetings/{meeting_id}/attendance/code                 sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/attendance/code                 sign 403 ok  ok  403 403
    GET    /meetings/{meeting_id}/here                            sign ok  ok  ok  ok  ok
    POST   /meetings/{meeting_id}/here                            sign ok  ok  ok  404 404
    GET    /meetings/{meeting_id}/convenor                        sign 403 ok  ok  403 403
    POST   /meetings/{meeting_id}/convenor                        sign 403 ok  ok  403 403
    GET    /meetings/{meeting_id}/calendar.ics                    sign ok  ok  ok  ok  ok
    GET    /new-meeting                                           sign ok  ok  ok  ok  ok
    POST   /new-meeting/preview                                   sign ok  ok  ok  ok  ok
    POST   /new-meeting                                           sign ok  ok  ok  ok  ok

    GET    /courses                                               sign ok  ok  ok  ok  ok
    GET    /courses/{course_id}                                   sign ok  ok  ok  ok  ok
    POST   /courses/{course_id}/occasions/{occasion_id}/seat      sign ok  ok  ok  ok  ok
    POST   /courses/{course_id}/occasions/{occasion_id}/cancellation sign ok ok ok ok  ok

    GET    /groups                                                sign ok  ok  ok  ok  ok
    POST   /groups                                                sign ok  ok  ok  ok  ok
    GET    /groups/{group_id}                                     sign ok  ok  ok  ok  ok
    POST   /groups/{group_id}/membership                          sign ok  ok  ok  ok  ok
    GET    /groups/{group_id}/change                              sign 403 ok  ok  403 403
    POST   /groups/{group_id}/change                              sign 403 ok  ok  403 403
    POST   /groups/{group_id}/stage                               sign 403 ok  ok  403 403
    POST   /groups/{group_id}/decisions                           sign 403 ok  ok  403 403
    POST   /groups/{group_id}/ownership                           sign 403 ok  ok  403 403

    GET    /questions                                             sign ok  ok  ok  ok  ok
    GET    /new-question                                          sign ok  ok  ok  ok  ok
    POST   /new-question                                          sign ok  ok  ok  ok  ok
    GET    /questions/{question_id}                               sign ok  ok  ok  ok  ok
    POST   /questions/{question_id}/answers                       sign ok  ok  ok  ok  ok
    POST   /questions/{question_id}/acceptance/{answer_id}        sign 403 ok  ok  403 403
    POST   /questions/{question_id}/closure                       sign 403 ok  ok  403 403
    GET    /practice                                              sign ok  ok  ok  ok  ok
    GET    /practice/{practice_id}                                sign ok  ok  ok  ok  ok
    GET    /practice/{practice_id}/change                         sign 403 403 403 ok  403
    POST   /practice/{practice_id}/change                         sign 403 403 403 ok  403
    GET    /practice/{practice_id}/owner                          sign 403 403 403 ok  403
    POST   /practice/{practice_id}/owner                          sign 403 403 403 ok  403
    POST   /practice/{practice_id}/adoption                       sign ok  ok  ok  ok  ok
    GET    /new-practice                                          sign ok  ok  ok  ok  ok
    POST   /new-practice                                          sign ok  ok  ok  ok  ok

    GET    /agency                                                sign 403 403 ok  ok  403
    GET    /agency/refused                                        sign 403 403 ok  ok  403
    GET    /agency/imports                                        sign 403 403 ok  ok  403
    POST   /agency/imports                                        sign 403 403 ok  ok  403
    GET    /agency/imports/{import_id}                            sign 403 403 ok  404 403
    POST   /agency/imports/{import_id}                            sign 403 403 ok  404 403
    GET    /agency/imports/{import_id}/report.csv                 sign 403 403 ok  404 403
    GET    /agency/words                                          sign 403 403 ok  ok  403
    POST   /agency/words                                          sign 403 403 ok  ok  403
    POST   /agency/words/own                                      sign 403 403 ok  ok  403
    POST   /agency/words/removal                                  sign 403 403 ok  ok  403
    GET    /agency/corrections                                    sign 403 403 ok  ok  403
    POST   /agency/corrections/{correction_id}                    sign 403 403 ok  404 403
    GET    /agency/leaves                                         sign 403 403 ok  ok  403
    POST   /agency/leaves/{mass_leave_id}                         sign 403 403 ok  404 403
    GET    /agency/mail                                           sign 403 403 ok  ok  403
    POST   /agency/mail/{person_id}                               sign 403 403 ok  404 403
    GET    /agency/keys                                           sign 403 403 ok  ok  403
    POST   /agency/keys                                           sign 403 403 ok  ok  403
    POST   /agency/keys/removal                                   sign 403 403 ok  ok  403
    GET    /agency/erasure                                        sign 403 403 ok  ok  403
    POST   /agency/erasure                                        sign 403 403 ok  ok  403
    GET    /agency/erasure/{erasure_id}                           sign 403 403 ok  404 403
    POST   /agency/erasure/{erasure_id}                           sign 403 403 ok  404 403
    GET    /agency/audit                                          sign 403 403 ok  ok  403
    GET    /network                                               sign 403 403 403 403 ok
    GET    /network/{table_name}.csv                              sign 403 403 403 403 ok

    POST   /sign-out                                              sign ok  ok  ok  ok  ok
    """,
)


def test_p6_every_page_has_its_row_and_every_row_its_page() -> None:
    assert not authorisation.missing_and_unknown(SPEC, ROWS)


@pytest.mark.timeout(240)
async def test_p6_everybody_opens_the_pages_that_are_for_them_and_no_others(house: House) -> None:
    callers = await everybody(house)
    things = await one_of_each(house, callers)
    found: list[str] = []
    with at_its_own(house, "csn", User(sub="någon", claims={})):
        for route, row in ROWS.items():
            seen = {}
            for caller in sorted(row, key=lambda name: row[name] == "ok"):
                seen[caller] = await ask(callers[caller], route, things, caller)
            found += [
                f"{route}: {name} got {seen[name]}, not {row[name]}"
                for name in CALLERS
                if seen[name] != row[name]
            ]
            if "ok" not in seen.values():
                found.append(f"{route}: nobody got it, so a refusal may mean anything")
    assert not found, "\n" + "\n".join(found)


async def ask(browser: Browser, route: str, things: dict[str, str], caller: str) -> str:
    method, path = route.split()
    sent: dict[str, Any] = {"follow_redirects": False}
    if method == "POST":
        await browser.open("/sign-in")
        sent["data"] = {"csrf": browser.csrf, **forms(things, caller).get(route, {})}
        if route == "POST /agency/imports":
            sent["files"] = {"file": ("rutan.csv", b"", "text/csv")}
    else:
        sent["params"] = QUERIES.get(route)
    # Each kind of link has a secret of its own.
    where = {**things, "secret": things.get(path.split("/")[1], WRONG)}
    answer = await browser.http.request(method, path.format(**where), **sent)
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        # Whoever signs out is led there, too.
        return "ok" if route == "POST /sign-out" and caller != "nobody" else "sign"
    refused = answer.status_code in {401, 403, 404} or answer.status_code >= 500
    return str(answer.status_code) if refused else "ok"


QUERIES = {"GET /phone-list.csv": {"role": "upphandlare"}}


def forms(things: dict[str, str], caller: str) -> dict[str, dict[str, str]]:
    """What is filled in, where an empty form would be sent back by all alike."""
    return {
        "POST /meetings/{meeting_id}/answer": {"answer": "accepted"},
        "POST /meetings/{meeting_id}/cancellation": {"sure": "yes"},
        "POST /questions/{question_id}/closure": {"sure": "yes"},
        "POST /courses/{course_id}/occasions/{occasion_id}/cancellation": {"sure": "yes"},
        "POST /me/calendar": {"sure": "yes"},
        "POST /me/calendar/removal": {"sure": "yes"},
        "POST /groups/{group_id}/membership": {"move": "join"},
        "POST /answers/{secret}": {"answer": "accepted"},
        "POST /questions/{question_id}/answers": {"text": "Så."},
        "POST /people/{person_id}/correction": {"what": "title", "value": "Rutmästare"},
        "POST /agency/imports/{import_id}": {"do": "again"},
        "POST /agency/words/own": {"word": "Inköpsstrateg", "code": "upphandlare"},
        "POST /agency/words/removal": {"kind": "role", "word": "Inköpsstrateg", "sure": "yes"},
        "POST /agency/corrections/{correction_id}": {"decision": "accepted"},
        "POST /agency/leaves/{mass_leave_id}": {"decision": "refuse"},
        "POST /agency/keys": {"name": "rutan", "scopes": "directory:read"},
        "POST /agency/keys/removal": {"token": things.get(f"token of {caller}", "0" * 16), "sure": "yes"},
    }


async def everybody(house: House) -> dict[str, Browser]:
    for name, family_name in NAMES.items():
        await house.hire("spv" if name in {"other", "steering"} else "bolagsverket", family_name)
    people = {name: house.people[family_name] for name, family_name in NAMES.items()}
    await house.directory.coordinate("bolagsverket", people["coordinator"])
    await house.directory.coordinate("spv", people["other"])
    trusted = await house.directory.http.patch(
        "/directory/v1/agencies/spv", json={"steering": [people["steering"]]}, headers=house.directory.admin
    )
    assert trusted.status_code == 200, trusted.text
    callers = {name: await house.signed_in(family_name) for name, family_name in NAMES.items()}
    for name, path in ("coordinator", "/agency"), ("other", "/agency"), ("steering", "/network"):
        await eventually(
            lambda name=name, path=path: callers[name].open(path), until=lambda page: page.status_code == 200
        )
    return {"nobody": house.browser(), **callers}


async def one_of_each(house: House, callers: dict[str, Browser]) -> dict[str, str]:
    convenor, other = callers["convenor"], callers["other"]
    style = house.portal.service.app.state.portal.assets.url("portal.css").split("/")
    course = await a_course(house, {}, seats=20)
    await convenor.open(course)
    things = {
        "tag": style[-2],
        "name": style[-1],
        "table_name": "people",
        "chosen": "sv",
        "code": "no-such-person",
        "agency": "csn",
        "person_id": house.people["Ensam"],
        "course_id": course.rpartition("/")[2],
        "occasion_id": re.findall(r"/occasions/([0-9a-f-]{36})/seat", convenor.page.text)[0],
        "correction_id": await a_correction(house, "Rutmedlem", "Ensam", field="title", value="Rut"),
        "mass_leave_id": await a_mass_leave(house, "bolagsverket"),
        "import_id": await a_tried_file(house, "bolagsverket"),
    }
    card = f"/people/{things['person_id']}/alone"
    await eventually(lambda: convenor.open(card), until=lambda page: page.status_code == 200)
    for name, slug in ("coordinator", "bolagsverket"), ("other", "spv"):
        made = await house.directory.http.post(
            f"/directory/v1/agencies/{slug}/tokens",
            json={"name": "rutan", "scopes": ["directory:read"]},
            headers=house.directory.tokens[slug],
        )
        things[f"token of {name}"] = made.json()["id"]

    async def make(thing: str, by: Browser, path: str, **fields: Any) -> None:
        await by.open(path)
        await by.post(path, **fields)
        things[thing] = by.page.url.path.rpartition("/")[2]

    await make("request_id", convenor, "/me/held")
    await make("erasure_id", callers["coordinator"], "/agency/erasure", who=house.people["Rutmedlem"])
    await make("group_id", convenor, "/groups", name="Rutan")
    question: dict[str, Any] = {"title": "Hur?", "text": "Hur gör ni?", "role": "upphandlare"}
    await make("question_id", convenor, "/new-question", **question)
    await make("practice_id", other, "/new-practice", title="Så", topic="friskvård", text="Så här.")
    path = f"/questions/{things['question_id']}"
    await other.open(path)
    await other.post(f"{path}/answers", text="Så.")
    await convenor.open(path)
    things["answer_id"] = re.findall(r"/acceptance/([0-9a-f-]{36})", convenor.page.text)[0]
    meeting = await a_meeting(house, "Rutkallare", title="Rutan", agencies="bolagsverket")
    things["meeting_id"] = meeting.rpartition("/")[2]
    await eventually(lambda: callers["member"].open(meeting), until=lambda page: "/answer" in page.text)
    links = {
        page: await house.link_in("Rutmedlem", "events.invited", page) for page in ("answers", "unsubscribe")
    }
    links["confirmations"] = await still_right(house, "Rutmedlem")
    await convenor.open("/me/calendar")
    await convenor.post("/me/calendar")
    things["calendars"] = address(convenor).split("/")[2]
    return things | {page: path.rpartition("/")[2] for page, path in links.items()}
