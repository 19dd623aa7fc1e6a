"""The page where a person reads the mail."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agencynet.stack.mail.api import HARMLESS, Mails, find, here, with_subject
from agencynet.stack.mail.invitation import summary
from agencynet.stack.mail.mailbox import Delivery, Mailbox
from agencynet.stack.mail.reading import Mail, read
from agencynet.stack.mail.texts import TEXTS, language

router = APIRouter(include_in_schema=False)

_ROWS = 50
_ZONE = ZoneInfo("Europe/Stockholm")
_PAGE_CSP = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A mail may look as it likes, open its links in a new window, and do nothing else.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_MAIL_CSP = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox {SANDBOX}"
)

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@router.get("/")
def listing(
    request: Request,
    mails: Mails,
    to: str = "",
    subject: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    to, subject = to.strip(), subject.strip()
    found = with_subject(mails, mails.newest_first(to_contains=to), subject)
    rows = [_row(mails, delivery) for delivery in islice(found, (page - 1) * _ROWS, page * _ROWS)]
    older = next(found, None) is not None
    return _page(
        request,
        "list.html",
        rows=rows,
        to=to,
        subject=subject,
        older=here(request, page=page + 1) if older else None,
        newer=here(request, page=page - 1) if page > 1 else None,
        smtp=f"127.0.0.1:{request.app.state.smtp_port}",
    )


@router.get("/read/{mail_id}")
def reading(request: Request, mails: Mails, mail_id: int, part: str = "") -> Response:
    delivery = find(mails, mail_id)
    mail = read(mails.source(delivery))
    parts = _parts(mail)
    return _page(
        request,
        "mail.html",
        mail=mail,
        part=part if part in parts else parts[0],
        parts=parts,
        invitation=summary(mail.calendar) if mail.calendar else None,
        sandbox=SANDBOX,
        **_row(mails, delivery),
    )


@router.get("/read/{mail_id}/html")
def html_part(mails: Mails, mail_id: int) -> Response:
    """The HTML part alone, for the frame."""
    html = read(mails.source(find(mails, mail_id))).html or ""
    headers = {**HARMLESS, "Content-Security-Policy": _MAIL_CSP}
    return Response(_links_in_new_window(html), media_type="text/html; charset=utf-8", headers=headers)


def _page(request: Request, template: str, **values: object) -> Response:
    lang = language(request.query_params.get("lang"), request.headers.get("accept-language", ""))
    others = {code: here(request, lang=code) for code in TEXTS}
    content = _templates.get_template(template).render(
        lang=lang, say=TEXTS[lang].__getitem__, languages=others, **values
    )
    headers = {**HARMLESS, "Content-Security-Policy": _PAGE_CSP, "Vary": "Accept-Language"}
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _row(mails: Mailbox, delivery: Delivery) -> dict[str, object]:
    mail = read(mails.source(delivery))
    local = delivery.arrived.astimezone(_ZONE)
    return {
        "id": delivery.id,
        "recipient": delivery.recipient,
        "sender": mail.header("From") or delivery.sender,
        "title": mail.header("Subject"),
        "iso": local.isoformat(timespec="seconds"),
        "day": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M:%S}",
        "has_calendar": mail.calendar is not None,
    }


def _parts(mail: Mail) -> list[str]:
    """What there is to look at, the likeliest first."""
    found = {"html": mail.html, "text": mail.text, "calendar": mail.calendar, "attachments": mail.attachments}
    return [*(name for name, content in found.items() if content), "headers"]


def _links_in_new_window(html: str) -> str:
    base = '<base target="_blank">'
    head = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    return html[: head.end()] + base + html[head.end() :] if head else base + html
