"""Agencies' own identity providers (OpenID Connect): where one signs in, and what they say afterwards."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import TypeAdapter

from services.portal.rules.providers import Login, Provider
from shared.contracts.types import Slug

# Asymmetric ones only: what is signed with a shared secret could be signed by whoever else has it.
_ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "RS512", "ES384"]
_LEEWAY = 60
_KEPT_SECONDS = 3_600.0


class ProviderFailed(Exception):  # noqa: N818
    """It did not answer, or what it answered proves nothing. The text is a code for the log."""


def load(path: Path | None) -> dict[str, Provider]:
    """By agency."""
    if path is None:
        return {}
    return TypeAdapter(dict[Slug, Provider]).validate_json(path.read_bytes())


class Providers:
    def __init__(self, providers: Mapping[str, Provider], http: httpx2.AsyncClient, back: str) -> None:
        self._providers = providers
        self._http = http
        self._back = back
        self._told: dict[str, tuple[float, dict[str, Any]]] = {}

    def __bool__(self) -> bool:
        """Whether any agency has one."""
        return bool(self._providers)

    def of(self, agency: str) -> Provider | None:
        return self._providers.get(agency)

    async def address(self, provider: Provider, login: Login, hint: str) -> str:
        """Where the browser goes to sign in.

        Raises:
            ProviderFailed: it does not say where that is.

        """
        told = await self._metadata(provider)
        async with self._client(provider, login) as client:
            address, _ = client.create_authorization_url(
                told["authorization_endpoint"],
                state=login.state,
                nonce=login.nonce,
                code_verifier=login.verifier,
                **({"login_hint": hint} if hint else {}),
            )
        return address

    async def require_issuer(self, provider: Provider, issuer: str) -> None:
        """What an answer says of who gives it (RFC 9207): whoever says so always must say so, and right.

        Raises:
            ProviderFailed: it is another's answer, or may be.

        """
        told = await self._metadata(provider)
        promised = told.get("authorization_response_iss_parameter_supported") is True
        if (issuer or promised) and issuer != str(told["issuer"]):
            raise ProviderFailed("answer_of_another")

    async def claims(self, provider: Provider, code: str, login: Login, now: datetime) -> dict[str, Any]:
        """What it says of who signed in, when that is proved.

        Raises:
            ProviderFailed: it is not.

        """
        told = await self._metadata(provider)
        try:
            async with self._client(provider, login) as client:
                token = await client.fetch_token(
                    told["token_endpoint"], code=code, code_verifier=login.verifier
                )
            keys = KeySet.import_key_set(await self._json(told["jwks_uri"]))
            claims = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS).claims
            check(claims, provider, login, now)
        except OAuthError as error:
            raise ProviderFailed("code_refused") from error
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderFailed("token_unproved") from error
        except httpx2.HTTPError as error:
            raise ProviderFailed("silent") from error
        return claims

    def _client(self, provider: Provider, login: Login) -> Any:
        secret = provider.client_secret.get_secret_value()
        return AsyncOAuth2Client(
            provider.client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope="openid email profile",
            redirect_uri=f"{self._back}/{login.agency}",
            code_challenge_method="S256",
            timeout=self._http.timeout,
        )

    async def _metadata(self, provider: Provider) -> dict[str, Any]:
        until, told = self._told.get(provider.issuer, (0.0, {}))
        if monotonic() < until:
            return told
        told = await self._json(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        # Another issuer's answers must not pass for this one's (OpenID Connect Discovery 4.3).
        if str(told.get("issuer", "")).rstrip("/") != provider.issuer.rstrip("/"):
            raise ProviderFailed("another_issuer")
        self._told[provider.issuer] = (monotonic() + _KEPT_SECONDS, told)
        return told

    async def _json(self, address: str) -> Any:
        try:
            answer = await self._http.get(address)
            return answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderFailed("silent") from error


def check(claims: dict[str, Any], provider: Provider, login: Login, now: datetime) -> None:
    """That they are this provider's, for us, for this attempt and still good (OpenID Connect Core 3.1.3.7).

    Raises:
        JoseError: they are not.

    """
    issuer = provider.issuer.rstrip("/")
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "values": [issuer, f"{issuer}/"]},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": login.nonce},
        azp={"value": provider.client_id},
    )
    registry.validate(claims)
