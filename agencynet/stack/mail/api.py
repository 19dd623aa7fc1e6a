"""Mail as JSON, for the demo and the tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from agencynet.stack.mail.mailbox import Delivery, Mailbox
from agencynet.stack.mail.reading import Attachment, read

router = APIRouter()

HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class MailItem(BaseModel):
    id: str = Field(description="Rises with the time of arrival.")
    to: str = Field(description="The envelope's recipient. A mail to several is here once for each.")
    envelope_from: str = Field(description="The envelope's sender, where bounces go.")
    sender: str = Field(serialization_alias="from", description="The From header.")
    subject: str
    date: datetime = Field(description="When it came.")
    message_id: str
    text: str | None
    html: str | None
    calendar: str | None
    attachments: list[Attachment]
    headers: dict[str, str] = Field(
        description="As written, decoded; several values of one name are on lines of their own."
    )


class MailItems(BaseModel):
    items: list[MailItem] = Field(description="Newest first.")
    next: str | None = Field(description="Where the older ones are.")


def the_mailbox(request: Request) -> Mailbox:
    return request.app.state.mailbox


Mails = Annotated[Mailbox, Depends(the_mailbox)]


def find(mails: Mailbox, mail_id: int) -> Delivery:
    delivery = mails.get(mail_id)
    if delivery is None:
        raise HTTPException(404, "There is no such mail.")
    return delivery


@router.get("/mails")
def list_mails(
    request: Request,
    mails: Mails,
    *,
    to: str | None = None,
    subject: str = "",
    since: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    page: Annotated[int, Query(ge=1)] = 1,
) -> MailItems:
    """Mail to `to` (a whole address), with `subject` in its subject, that came at `since` or later."""
    came = 0 if since is None else int(since.timestamp() * 1_000_000)
    found = with_subject(mails, mails.newest_first(to=to, since=came), subject)
    items = list(islice(found, (page - 1) * limit, page * limit))
    older = next(found, None) is not None
    return MailItems(
        items=[_item(mails, delivery) for delivery in items],
        next=here(request, page=page + 1) if older else None,
    )


@router.get("/mails/{mail_id}")
def one_mail(mails: Mails, mail_id: int) -> MailItem:
    return _item(mails, find(mails, mail_id))


@router.get("/mails/{mail_id}/source")
def source(mails: Mails, mail_id: int) -> Response:
    """The mail as it came."""
    content = mails.source(find(mails, mail_id))
    return Response(content, media_type="text/plain; charset=utf-8", headers=HARMLESS)


def here(request: Request, **changed: object) -> str:
    """The same address with other parameters; its host is the reader's to know."""
    url = request.url.include_query_params(**changed)
    return f"{url.path}?{url.query}"


def with_subject(mails: Mailbox, deliveries: Iterator[Delivery], subject: str) -> Iterator[Delivery]:
    wanted = subject.casefold()
    if not wanted:
        return deliveries
    return (one for one in deliveries if wanted in read(mails.source(one)).header("Subject").casefold())


def _item(mails: Mailbox, delivery: Delivery) -> MailItem:
    mail = read(mails.source(delivery))
    return MailItem(
        id=str(delivery.id),
        to=delivery.recipient,
        envelope_from=delivery.sender,
        sender=mail.header("From"),
        subject=mail.header("Subject"),
        date=delivery.arrived,
        message_id=mail.header("Message-ID"),
        text=mail.text,
        html=mail.html,
        calendar=mail.calendar,
        attachments=mail.attachments,
        headers=mail.headers,
    )
