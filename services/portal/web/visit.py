"""One request as a page sees it: who reads it, in which language, and what the services say to them."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.models import Reader
from services.portal.web import menu, words
from services.portal.web.client import Part, Question, Refusal, Upload
from services.portal.web.done import COOKIE, SAID, Done, known
from services.portal.web.forms import FIELD, Form, csrf_token
from services.portal.web.labels import Labels
from services.portal.web.portal import Portal
from services.portal.web.speech import Speech
from services.portal.web.words import LANGUAGES, preferred
from shared.contracts.types import Language

LANGUAGE_COOKIE = "language"
_ANSWER = "/sign-in/callback"
_A_MOMENT = 60


@dataclass
class Visit:
    """`person` is None for those who have not signed in."""

    request: Request
    portal: Portal
    secret: str
    """What the browser holds: of its session, or of a visit without one."""
    person: Reader | None = None
    coordinator: bool = False
    steering: bool = False
    form: Form = None  # pyright: ignore[reportAssignmentType] – set where the policy reads it

    @property
    def me(self) -> Reader:
        """
        Raises:
            RuntimeError: the route lets in those who have not signed in.

        """
        if self.person is None:
            raise RuntimeError("nobody has signed in")
        return self.person

    @property
    def now(self) -> datetime:
        return self.request.app.state.clock()

    @cached_property
    def language(self) -> Language:
        """As chosen here, else as in the directory, else as the browser says."""
        chosen = self.request.cookies.get(LANGUAGE_COOKIE)
        for language in LANGUAGES:
            if chosen == language:
                return language
        if self.person:
            return self.person.language
        return preferred(self.request.headers.get("accept-language", ""))

    def suggest(self, language: Language) -> None:
        """For a reader who has neither signed in nor chosen: the mail that led here was in this language."""
        if self.person is None and self.request.cookies.get(LANGUAGE_COOKIE) not in LANGUAGES:
            self.language = language

    @cached_property
    def speech(self) -> Speech:
        return self.portal.names.speech(self.language)

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.say)

    @cached_property
    def csrf(self) -> str:
        return csrf_token(self.secret)

    def acts_for(self, agency: str, person_id: str | None) -> bool:
        """It is theirs, or their agency's and they coordinate it."""
        return (self.coordinator and agency == self.me.agency) or person_id == self.me.id

    def convenes(self, meeting: Mapping[str, Any]) -> bool:
        return self.acts_for(meeting["convenor_agency"], meeting["convenor_id"])

    def can_check_in(self, meeting: Mapping[str, Any], mine: Mapping[str, Any] | None) -> bool:
        """Whether the reader, whose part in it is `mine`, can say now that they are there."""
        if mine is None or mine["attended"] or meeting["check_in"] is None:
            return False
        opened, closed = (self.is_past(meeting["check_in"][name]) for name in ("opens_at", "closes_at"))
        return opened and not closed

    def is_past(self, moment: str) -> bool:
        return datetime.fromisoformat(moment) <= self.now

    @property
    def is_piece(self) -> bool:
        """Htmx asks for the changed piece only."""
        return self.request.headers.get("hx-request") == "true"

    def say(self, text: str, **values: Any) -> str:
        """`text` in the reader's language."""
        said = self.portal.words[self.language].gettext(text)
        return said % values if values else said

    async def ask(self, **questions: Question) -> dict[str, Part]:
        """Everything at once. One that is down is a part that is down; the others are there."""
        parts = await asyncio.gather(*(self.get(question) for question in questions.values()))
        return dict(zip(questions, parts, strict=True))

    async def get(self, question: Question, accept: str = "") -> Part:
        path, params = (question, None) if isinstance(question, str) else question
        headers = {**self._headers, "Accept": accept} if accept else self._headers
        return await self.portal.services.call("GET", path, headers, params=params)

    async def need(self, question: Question) -> Part:
        """What the page is nothing without.

        Raises:
            HTTPException: it is not there, may not be seen, or its service is down.

        """
        return require(await self.get(question))

    async def file(self, question: Question, media_type: str, name: str) -> Response:
        """What a service says in another shape, to keep. Raises as `need` does."""
        part = require(await self.get(question, accept=media_type))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(part.content, media_type=f"{media_type}; charset=utf-8", headers=headers)

    def require(self, part: Part) -> Part:
        """What the page is nothing without, of what was asked for at once. Raises as `need` does."""
        return require(part)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> Part:
        """Something that changes things. What is refused is answered too: the form says it."""
        said = {
            **self._headers,
            **self._once(path, body),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        part = await self.portal.services.call(method, path, said, body=body)
        return part if part.status in {409, 412, 422} else require(part)

    def _once(self, path: str, body: Mapping[str, Any] | None) -> dict[str, str]:
        """The same form sent again is the same request again (shared/web/idempotency.py): pressed twice, or
        once more because a service died before it had answered.
        """
        proof = self.form.text(FIELD) if self.form else ""
        if not proof:
            return {}
        request = json.dumps([proof, path, body], sort_keys=True)
        return {"Idempotency-Key": hashlib.sha256(request.encode()).hexdigest()}

    async def send_file(self, path: str, file: UploadFile, **fields: str) -> Part:
        """As `send`. The file is closed."""
        try:
            upload = Upload(file.file, fields)
            part = await self.portal.services.call("POST", path, self._headers, upload=upload)
        finally:
            await file.close()
        return part if part.status in {413, 422} else require(part)

    @property
    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Language": self.language}
        if self.person:
            token = self.portal.token_of(self.person, self.now)
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def refused(self, part: Part, form: Form, general: str = "") -> None:
        """Put what a service refused beside the fields it names. The rest goes under `general` where nothing
        else is wrong.
        """
        for name, why in part.refusals.items():
            form.refuse(name.split(".")[0], self.say_refusal(why))
        if not part.ok and not part.refusals and not form.wrong:
            form.refuse(general, self.say_refusal(part.refusal))

    def refusal(self, part: Part) -> Form:
        """A form that was empty but for its button, and what a service refused."""
        form = Form()
        self.refused(part, form)
        return form

    def was_late(self, part: Part, form: Form, edition: str) -> None:
        """Say so where somebody else's change came first; what is sent next is held against `edition`."""
        if part.status == 412:
            form.values["edition"] = [edition]
            form.refuse(
                "", self.say("Somebody else saved a change first. Save again to keep what you wrote.")
            )

    def day(self, form: Form, name: str) -> date | None:
        """What was written as a day; None where it is none, which the form then says."""
        try:
            return date.fromisoformat(form.text(name))
        except ValueError:
            form.refuse(name, self.say("Write the day as year-month-day, such as 2027-03-01."))
            return None

    def say_refusal(self, refusal: Refusal) -> str:
        """In the reader's language. A newer service may have a code that is unknown here."""
        said = self.portal.refusals[self.language].get(refusal.code)
        if said is None:
            return self.say("This is not accepted. Check it and try again.")
        return said % words.worded(refusal.parameters, self.language)

    @property
    def menu(self) -> list[tuple[str, str]]:
        return menu.entries(self.say, coordinator=self.coordinator, steering=self.steering)

    def is_under(self, path: str) -> bool:
        """Whether the page belongs to this entry of the menu."""
        here = self.request.url.path
        return here == path or (path != "/" and here.startswith(path + "/"))

    @property
    def back(self) -> str:
        """Where the reader is, for coming back to it: from an answer of a provider, which is read once, to
        where they began.
        """
        url = self.request.url
        if url.path.startswith(_ANSWER):
            return "/sign-in"
        here = url.path + (f"?{url.query}" if url.query else "")
        return quote(here if self.request.method == "GET" else "/")

    @staticmethod
    def query(values: Mapping[str, str]) -> str:
        """As the beginning of a query, for links to other pages of a list."""
        return "".join(f"{name}={quote(value)}&" for name, value in values.items())

    def topics(self, listed: Part) -> list[tuple[str, str]]:
        """Of practice, to choose from."""
        return [(one["topic"], one["topic" if self.language == "sv" else "en"]) for one in listed.items]

    @staticmethod
    def named(things: list[dict[str, Any]]) -> list[tuple[str, str]]:
        """Id and name, to choose from."""
        return [(thing["id"], thing["name"]) for thing in things]

    def matched(self, where: list[str]) -> list[str]:
        """Where a person's words were found, as a reason for being listed."""
        return menu.matched(self.say, where)

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        found = self.portal.template(self.language, template)
        done = self._done
        said = {"done": self.say(SAID[done]) if done else "", **values}
        content = found.render(visit=self, w=self.speech, labels=self.labels, **said)
        headers = {"Content-Language": self.language, "Cache-Control": "no-store"}
        answer = HTMLResponse(content, status, headers=headers)
        if done:
            answer.delete_cookie(COOKIE, secure=self.portal.settings.secure, httponly=True, samesite="lax")
        return answer

    @property
    def _done(self) -> Done | None:
        """What the page before this did."""
        is_whole = self.request.method == "GET" and not self.is_piece
        return known(self.request.cookies.get(COOKIE, "")) if is_whole else None

    def go(self, path: str, done: Done) -> Response:
        """After an act: so that reloading does not send it again, and the next page says what was done."""
        answer = self.go_on(path)
        answer.set_cookie(
            COOKIE,
            done,
            max_age=_A_MOMENT,
            secure=self.portal.settings.secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def go_on(self, path: str) -> Response:
        """Where nothing was done, or the page there says so itself."""
        return RedirectResponse(path, 303)

    @property
    def is_sure(self) -> bool:
        return self.form.text("sure") == "yes"

    def ask_first(self, question: str, yes: str, back: str, more: str = "") -> Response:
        """Ask before something that can't be undone: the same form again, with a yes."""
        sent = [
            (name, value)
            for name, values in self.form.values.items()
            for value in values
            if name not in {FIELD, "sure"}
        ]
        values = {"question": question, "yes": yes, "back": back, "more": more, "sent": sent}
        return self.page("sure.html", **values)


def require(part: Part) -> Part:
    """
    Raises:
        HTTPException: with the status that says why there is nothing to show.

    """
    if part.ok:
        return part
    # A token of ours that is refused is our fault, not the reader's.
    raise HTTPException(503 if part.down or part.status == 401 else part.status)
