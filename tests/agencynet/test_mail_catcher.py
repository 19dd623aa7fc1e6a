import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import httpx2
import pytest

from agencynet.stack.mail import start_mail
from agencynet.stack.ports import free_port

pytestmark = pytest.mark.parts

INVITATION = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:meeting-1
SEQUENCE:2
SUMMARY:Nätverksmöte
DTSTART;TZID=Europe/Stockholm:20260922T130000
END:VEVENT
END:VCALENDAR
"""


class Catcher:
    def __init__(self, smtp_port: int, http: httpx2.AsyncClient, pid: int) -> None:
        self.smtp_port, self.http, self.pid = smtp_port, http, pid

    async def send(self, *to: str, subject: str = "Hej", size: int = 0) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Nätverket <n@x.se>", ", ".join(to), subject
        mail.set_content("Hej på dig\n" + "x" * size)
        mail.add_alternative(f"<html><head></head><body><h1>{subject}</h1></body></html>", subtype="html")
        mail.add_alternative(INVITATION, subtype="calendar", params={"method": "REQUEST"})
        await aiosmtplib.send(
            mail, sender="bounce@x.se", recipients=list(to), hostname="127.0.0.1", port=self.smtp_port
        )

    async def mails(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get("/mails", params=query)
        return answer.raise_for_status().json()["items"]


@pytest.fixture(scope="module")
async def catcher(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Catcher]:
    folder = tmp_path_factory.mktemp("mail")
    smtp_port, http_port = free_port(), free_port()
    process = await start_mail(folder, folder / "log", smtp_port, http_port)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{http_port}") as http:
        yield Catcher(smtp_port, http, process.pid or 0)
    await process.stop()


async def test_a_mail_is_in_the_mailbox_of_each_recipient_with_all_its_parts(catcher: Catcher) -> None:
    await catcher.send("asa@x.se", "bo@x.se", subject="Möte på måndag")
    [mail] = await catcher.mails(to="Asa@X.se")
    assert len(await catcher.mails(to="bo@x.se")) == 1
    assert mail["subject"] == "Möte på måndag"
    assert mail["from"] == "Nätverket <n@x.se>"
    assert mail["envelope_from"] == "bounce@x.se"
    assert mail["text"].startswith("Hej på dig\n")
    assert "<h1>Möte på måndag</h1>" in mail["html"]
    assert "SUMMARY:Nätverksmöte" in mail["calendar"]
    assert mail["headers"]["To"] == "asa@x.se, bo@x.se"
    assert (await catcher.http.get(f"/mails/{mail['id']}")).json() == mail
    source = (await catcher.http.get(f"/mails/{mail['id']}/source")).content
    assert source.startswith(b"From: ")


async def test_mail_is_picked_by_whole_address_subject_and_time(catcher: Catcher) -> None:
    await catcher.send("old@pick.se", subject="Inbjudan")
    between = datetime.now(UTC).isoformat()
    await catcher.send("new@pick.se", subject="Inbjudan")
    await catcher.send("new@pick.se", subject="Påminnelse")
    assert await catcher.mails(to="pick.se") == []
    assert [mail["subject"] for mail in await catcher.mails(to="new@pick.se")] == ["Påminnelse", "Inbjudan"]
    picked = await catcher.mails(subject="INBJ", since=between)
    assert [mail["to"] for mail in picked] == ["new@pick.se"]


async def test_next_leads_to_the_older_ones_and_ends(catcher: Catcher) -> None:
    for number in range(3):
        await catcher.send("many@x.se", subject=f"nr {number}")
    first = (await catcher.http.get("/mails", params={"to": "many@x.se", "limit": 2})).json()
    second = (await catcher.http.get(first["next"])).json()
    assert [mail["subject"] for mail in first["items"]] == ["nr 2", "nr 1"]
    assert [mail["subject"] for mail in second["items"]] == ["nr 0"]
    assert second["next"] is None


async def test_a_mail_can_neither_run_nor_fetch_anything(catcher: Catcher) -> None:
    await catcher.send("evil@x.se", subject="<script>alert(1)</script>")
    [mail] = await catcher.mails(to="evil@x.se")
    listing = await catcher.http.get("/", params={"to": "evil@"})
    page = await catcher.http.get(f"/read/{mail['id']}")
    for shown in (listing, page):
        assert "&lt;script&gt;alert(1)" in shown.text
        assert "<script" not in shown.text
        assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    frame = await catcher.http.get(f"/read/{mail['id']}/html")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert '<head><base target="_blank">' in frame.text


async def test_another_host_name_is_refused(catcher: Catcher) -> None:
    answer = await catcher.http.get("/mails", headers={"Host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize(("lang", "says"), [("sv", "Rubrikfält"), ("en", "Headers")])
async def test_every_part_is_shown_in_both_languages(catcher: Catcher, lang: str, says: str) -> None:
    await catcher.send(f"{lang}@parts.se")
    [mail] = await catcher.mails(to=f"{lang}@parts.se")
    shown = {
        part: (await catcher.http.get(f"/read/{mail['id']}", params={"part": part, "lang": lang})).text
        for part in ("html", "text", "calendar", "headers")
    }
    assert all(says in page and f'<html lang="{lang}">' in page for page in shown.values())
    assert "<iframe" in shown["html"]
    assert "Hej på dig" in shown["text"]
    assert "2026-09-22 13:00 Europe/Stockholm" in shown["calendar"]
    assert "multipart/alternative" in shown["headers"]


async def test_what_the_page_does_not_find_it_says_and_offers_all(catcher: Catcher) -> None:
    page = await catcher.http.get("/", params={"to": "nobody@nowhere.se", "lang": "en"})
    assert "No mail matches" in page.text
    assert "Show all</a>" in page.text
    assert (await catcher.http.get("/read/1")).status_code == 404


async def test_a_full_disk_is_answered_for_now_and_takes_nothing_else_with_it(catcher: Catcher) -> None:
    await catcher.send("before@disk.se")
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(catcher.pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await catcher.send("during@disk.se", size=40_000)
    finally:
        resource.prlimit(catcher.pid, resource.RLIMIT_FSIZE, unlimited)
    assert refused.value.code == 452
    await catcher.send("after@disk.se")
    assert len(await catcher.mails(to="before@disk.se")) == 1
    assert len(await catcher.mails(to="after@disk.se")) == 1
    assert await catcher.mails(to="during@disk.se") == []
