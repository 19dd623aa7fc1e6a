"""What the links in a mail open for its receiver, who has not signed in (E15, N8, N9)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.notify.mail.examples import EXAMPLES
from services.notify.mail.links import kept
from services.notify.rules import states
from services.notify.store import notifications
from shared.contracts.directory import Person
from shared.contracts.notify import Request
from shared.contracts.topics import DIRECTORY_PEOPLE
from shared.contracts.types import Gone
from shared.settings import ServiceSettings
from tests.faults.smtp_server import MailServer
from tests.harness import Running, a_person, eventually, publish
from tests.notify.office import ask, becomes, open_office, row, something

PORTAL = "https://natverket.example"
SOON = {
    "starts_at": datetime.now(UTC) + timedelta(hours=1),
    "ends_at": datetime.now(UTC) + timedelta(hours=2),
}
MEETING = EXAMPLES["events.invited"].model_copy(update=SOON).model_dump(mode="json")


def secret_in(server: MailServer, address: str, page: str) -> str:
    """Of the newest mail to this address that has such a link."""
    texts = [mail.mail.get_body(("plain",)).get_content() for mail in server.to(address)]  # pyright: ignore[reportOptionalMemberAccess]
    return re.findall(rf"{PORTAL}/{page}/(\S+)", "\n".join(texts))[-1]


async def invited(
    office: Running, settings: ServiceSettings, server: MailServer, who: Person
) -> tuple[Request, str]:
    """What asked for the mail, and the secret with which it is answered."""
    request = something(who, data=MEETING)
    await ask(settings, request)
    await becomes(office, request, "sent")
    return request, secret_in(server, who.email or "", "answers")


async def call(office: Running, method: str, path: str, **more: Any) -> tuple[int, Any]:
    answer = await office.http.request(method, f"/notify/v1/{path}", **more)
    return answer.status_code, answer.json()


async def test_each_mail_has_secrets_of_its_own_each_good_for_one_thing(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna, bo = a_person("csn"), a_person("csn")
    async with open_office(settings, server, anna, bo, portal=PORTAL) as office:
        meeting = str(uuid4())
        requests = [something(who, subject=f"meeting/{meeting}", data=MEETING) for who in (anna, bo)]
        await ask(settings, *requests)
        for request in requests:
            await becomes(office, request, "sent")
        hers, his = (secret_in(server, who.email or "", "answers") for who in (anna, bo))
        assert hers != his, "what is rendered once is not the same for both"
        status, opened = await call(office, "GET", f"answers/{hers}")
        assert (status, opened["person_id"], opened["meeting_id"]) == (200, anna.id, meeting)
        assert opened.keys() == {"person_id", "meeting_id", "language", "expires_at"}
        stored = await row(office, requests[0])
        assert hers not in str(stored), "hashed at rest"
        assert kept("answer", hers) in stored["secrets"]
        end = secret_in(server, anna.email or "", "unsubscribe")
        assert (await call(office, "GET", f"answers/{end}"))[0] == 404
        assert (await call(office, "POST", f"unsubscribe/{hers}"))[0] == 404
        assert (await call(office, "GET", f"answers/{'A' * 43}"))[0] == 404
        assert (await call(office, "GET", "answers/short"))[0] == 422
        office.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(hours=3)
        assert (await call(office, "GET", f"answers/{hers}"))[0] == 410, "the meeting is over"


async def test_one_click_ends_mails_of_that_kind_and_no_others_and_is_taken_back(
    settings: ServiceSettings, server: MailServer
) -> None:
    """RFC 8058: whatever the mail program posts."""
    anna = a_person("csn")
    async with open_office(settings, server, anna, portal=PORTAL) as office:
        first, cancelled = something(anna, "events.reminder"), something(anna, "events.cancelled")
        await ask(settings, first, cancelled)
        for request in (first, cancelled):
            await becomes(office, request, "sent")
        headers = {mail.mail["List-Id"]: mail.mail for mail in server.to(anna.email or "")}
        reminder = next(mail for name, mail in headers.items() if "reminder" in name)
        must = next(mail for name, mail in headers.items() if "cancelled" in name)
        assert must["List-Unsubscribe"] is None, "this kind can't be switched off"
        address = reminder["List-Unsubscribe"].strip("<>")
        assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = f"unsubscribe/{address.rpartition('/')[2]}"
        for _ in range(3):
            assert (await call(office, "GET", path))[1]["choice"] == "at_once", "looking changes nothing"
        for body in (
            {"data": {"List-Unsubscribe": "One-Click"}},
            {"files": {"List-Unsubscribe": b"One-Click"}},
        ):
            status, answer = await call(office, "POST", path, **body)
            assert (status, answer["choice"], answer["kind"]) == (200, "never", "events.reminder")
        again, other = something(anna, "events.reminder"), something(anna, "events.invited")
        await ask(settings, again, other)
        await becomes(office, again, "suppressed", reason="switched_off")
        await becomes(office, other, "sent")
        chosen = await office.mongo.db.preferences.find_one({"_id": anna.id})
        assert chosen["version"] == 1, "done again, it changes nothing"
        assert (await call(office, "DELETE", path))[1]["choice"] == "at_once"
        office.service.app.state.clock = lambda: datetime.now(UTC) + timedelta(days=181)
        assert (await call(office, "POST", path))[0] == 410


async def test_nothing_is_opened_for_somebody_with_protected_identity(
    settings: ServiceSettings, server: MailServer
) -> None:
    """D20."""
    anna = a_person("csn")
    async with open_office(settings, server, anna, portal=PORTAL) as office:
        _, secret = await invited(office, settings, server, anna)
        await publish(settings, DIRECTORY_PEOPLE, Gone(id=anna.id, version=anna.version + 1))
        await eventually(lambda: office.mongo.db.people.find_one({"_id": anna.id, "deleted": True}))
        assert (await call(office, "GET", f"answers/{secret}"))[0] == 404


async def test_without_a_portal_there_are_no_links_and_no_secrets(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person("csn")
    async with open_office(settings, server, anna, portal="") as office:
        request = something(anna)
        await ask(settings, request)
        sent = await becomes(office, request, "sent")
        assert "secrets" not in sent
        [mail] = server.to(anna.email or "")
        assert mail.mail["List-Unsubscribe"] is None
        assert "/answers/" not in mail.mail.get_body(("plain",)).get_content()  # pyright: ignore[reportOptionalMemberAccess]


async def test_a_marks_place_can_be_written_by_nobody(settings: ServiceSettings, server: MailServer) -> None:
    """A title that is another mail's link stays what it was, so that nobody's secret ends up in it."""
    anna = a_person("csn")
    async with open_office(settings, server, anna, portal=PORTAL) as office:
        _, old = await invited(office, settings, server, anna)
        trick = {**MEETING, "video_url": f"https://evil.example/{old}"}
        second = something(anna, data=trick)
        await ask(settings, second)
        await becomes(office, second, "sent")
        text = server.to(anna.email or "")[-1].mail.get_body(("plain",)).get_content()  # pyright: ignore[reportOptionalMemberAccess]
        assert f"https://evil.example/{old}" in text
        assert secret_in(server, anna.email or "", "answers") != old


async def test_sent_again_both_mails_links_are_good_unless_the_address_has_changed(
    settings: ServiceSettings, server: MailServer
) -> None:
    anna = a_person("csn")
    async with open_office(settings, server, anna, portal=PORTAL) as office:
        request, first = await invited(office, settings, server, anna)
        await send_again(office, request, edition=1)
        second = secret_in(server, anna.email or "", "answers")
        assert first != second
        for secret in (first, second):
            assert (await call(office, "GET", f"answers/{secret}"))[0] == 200
        moved = anna.model_copy(update={"version": anna.version + 1, "email": "ny.adress@csn.example"})
        await publish(settings, DIRECTORY_PEOPLE, moved)
        await eventually(lambda: office.mongo.db.people.find_one({"_id": anna.id, "email": moved.email}))
        await send_again(office, request, edition=2)
        third = secret_in(server, moved.email or "", "answers")
        assert (await call(office, "GET", f"answers/{third}"))[0] == 200
        for secret in (first, second):
            assert (await call(office, "GET", f"answers/{secret}"))[0] == 404, "it may lie with somebody else"


async def send_again(office: Running, request: Any, edition: int) -> None:
    """As the operator's hand would put it, until it is sent."""

    async def work(tx: Any) -> None:
        stored = await notifications.find_in(tx, request.id)
        assert stored
        await notifications.requeue(tx, states.resent(stored, "the operator", datetime.now(UTC)))

    await office.mongo.transact(work)
    await becomes(office, request, "sent", edition=edition)
