import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agencynet.stack.mail.mailbox import Mailbox
from agencynet.stack.mail.reading import read
from agencynet.stack.mail.texts import ENGLISH, SWEDISH, language


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(folder)
    writer = asyncio.create_task(mailbox.write_what_comes())
    yield mailbox
    writer.cancel()
    with suppress(asyncio.CancelledError):
        await writer


def contents(mailbox: Mailbox) -> list[tuple[str, bytes]]:
    return [(one.recipient, mailbox.source(one)) for one in mailbox.newest_first()]


async def test_mail_is_found_again_by_the_next_run(tmp_path: Path) -> None:
    async with opened(tmp_path) as mailbox:
        await mailbox.keep("a@x.se", ["b@x.se", "c@x.se"], b"Subject: one\r\n\r\nFrom here\r\n")
        await mailbox.keep("", ["b@x.se"], b"")
        before = list(mailbox.newest_first())
        kept = contents(mailbox)
    async with opened(tmp_path) as mailbox:
        assert list(mailbox.newest_first()) == before
        assert contents(mailbox) == kept
        assert [recipient for recipient, _ in kept] == ["b@x.se", "c@x.se", "b@x.se"]


@pytest.mark.parametrize("cut", [1, 10, 40, 90, 150])
async def test_what_a_crash_cut_short_is_dropped_and_the_rest_is_whole(tmp_path: Path, cut: int) -> None:
    async with opened(tmp_path) as mailbox:
        await mailbox.keep("a@x.se", ["first@x.se"], b"Subject: whole\r\n\r\n")
        await mailbox.keep("a@x.se", ["second@x.se"], b"Subject: cut\r\n\r\n" + b"x" * 50)
    file = tmp_path / "mailbox"
    file.write_bytes(file.read_bytes()[:-cut])
    async with opened(tmp_path) as mailbox:
        await mailbox.keep("a@x.se", ["third@x.se"], b"Subject: after\r\n\r\n")
    async with opened(tmp_path) as mailbox:
        assert contents(mailbox) == [
            ("third@x.se", b"Subject: after\r\n\r\n"),
            ("first@x.se", b"Subject: whole\r\n\r\n"),
        ]


async def test_mail_that_comes_at_once_is_all_there_each_once_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as mailbox:
        await asyncio.gather(*(mailbox.keep("a@x.se", [f"p{n}@x.se"], b"%d" % n) for n in range(300)))
        found = list(mailbox.newest_first())
        assert sorted(one.recipient for one in found) == sorted(f"p{n}@x.se" for n in range(300))
        assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
        assert all(mailbox.source(one) == one.recipient[1:-5].encode() for one in found)


async def test_since_leaves_out_what_came_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as mailbox:
        for name in ("early", "late"):
            await mailbox.keep("a@x.se", [f"{name}@x.se"], b"")
        late, early = mailbox.newest_first()
        assert list(mailbox.newest_first(since=late.id)) == [late]
        assert list(mailbox.newest_first(since=early.id)) == [late, early]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"Subject: =?utf-8?q?M=C3=B6te?=\r\n\r\nhej", ("Möte", "hej")),
        ("Subject: Möte\r\n\r\nhej".encode(), ("Möte", "hej")),
        (b"Subject: M\xf6te\r\n\r\nhej", ("M\ufffdte", "hej")),
        (b"Subject: a\r\n b\r\n\r\nhej", ("a b", "hej")),
        (b"Subject: =?no-such?q?x?=\r\n\r\nhej", ("=?no-such?q?x?=", "hej")),
        (b"Subject: =?utf-8?b?x?=\r\n\r\nhej", ("=?utf-8?b?x?=", "hej")),
        (b"Content-Type: text/plain; charset=no-such\r\n\r\n\xc3\xa5", ("", "å")),
        (b"Content-Type: text/plain; charset=ascii\r\n\r\n\xe5", ("", "\ufffd")),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe5", ("", "å")),
        (b"Content-Transfer-Encoding: base64\r\n\r\n!", ("", "")),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhej", ("", "hej")),
        (b"no mail at all", ("", "no mail at all")),
        (b"", ("", "")),
    ],
)
def test_odd_mail_is_shown_as_well_as_it_can_be(source: bytes, expected: tuple[str, str]) -> None:
    mail = read(source)
    assert (mail.header("subject"), (mail.text or "").strip("!")) == expected


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        (None, "", "sv"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de, en;q=0.3, sv;q=0.8", "sv"),
        (None, "de", "sv"),
        (None, "en;q=x, sv;q=0.1", "sv"),
        ("en", "sv", "en"),
        ("de", "en", "en"),
    ],
)
def test_the_language_is_what_was_chosen_or_else_the_browsers(
    chosen: str | None, accepted: str, expected: str
) -> None:
    assert language(chosen, accepted) == expected


def test_both_languages_say_everything() -> None:
    assert SWEDISH.keys() == ENGLISH.keys()
