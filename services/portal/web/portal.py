"""What all requests share: assets, words, templates, the services, and the key that signs tokens."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from gettext import NullTranslations
from pathlib import Path
from time import monotonic

import httpx2
from jinja2 import Template
from joserfc.jwk import ECKey

from services.portal.models import Reader
from services.portal.settings import PortalSettings
from services.portal.store import people
from services.portal.web import client, templates, words
from services.portal.web.assets import Assets
from services.portal.web.client import Services
from services.portal.web.names import Names
from services.portal.web.providers import Providers
from services.portal.web.providers import load as load_providers
from shared.auth import person_token
from shared.contracts.types import Language
from shared.service import Service

TOKEN_SECONDS = 300
_REUSED = 60.0
_TOKENS_MOST = 5_000


class NoKey(Exception):  # noqa: N818
    """Nobody has said which key people's tokens are signed with."""


class Portal:
    def __init__(
        self, settings: PortalSettings, jwks: Path | None, services: Services, http: httpx2.AsyncClient
    ) -> None:
        if settings.key is None:
            raise NoKey("AGENCYNET_PORTAL_KEY names no private key, so nobody could sign in.")
        self.settings = settings
        self.jwks = jwks
        self.assets = Assets(settings.assets)
        self.services = services
        self.names = Names()
        back = f"{settings.url}/sign-in/callback"
        self.providers = Providers(load_providers(settings.providers), http, back)
        self.words: dict[Language, NullTranslations] = words.load()
        self.refusals = words.refusals()
        self._templates = {
            language: templates.environment(language, self.words[language], self.assets.url)
            for language in words.LANGUAGES
        }
        self._key = ECKey.import_key(json.loads(settings.key.read_text(encoding="utf-8")))
        self._tokens: dict[str, tuple[float, str]] = {}

    def token_of(self, person: Reader, now: datetime) -> str:
        """What the services are shown: good for five minutes, and used for one so that they need not check a
        new one for each question.
        """
        until, token = self._tokens.get(person.id, (0.0, ""))
        if monotonic() < until:
            return token
        if len(self._tokens) >= _TOKENS_MOST:
            self._tokens.clear()
        token = person_token(self._key, person.id, person.agency, now, TOKEN_SECONDS)
        self._tokens[person.id] = (monotonic() + _REUSED, token)
        return token

    def public_keys(self) -> bytes:
        return self.jwks.read_bytes() if self.jwks else b'{"keys": []}'

    def template(self, language: Language, name: str) -> Template:
        return self._templates[language].get_template(name)


def warm() -> None:
    """What a process that takes over need not read again."""
    words.load()
    client.warm()


@asynccontextmanager
async def around(
    service: Service, settings: PortalSettings, ways: Mapping[str, httpx2.AsyncBaseTransport] | None
) -> AsyncIterator[None]:
    services = Services(settings, ways)
    async with (
        httpx2.AsyncClient(verify=client.trusted(), timeout=settings.patience) as http,
        aclosing(services),
    ):
        portal = Portal(settings, service.settings.jwks, services, http)
        service.app.state.portal = portal
        await people.complete(service.mongo.db)
        await portal.names.follow(service.mongo.db)
        yield
