"""Who is calling, and who may."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Literal, get_args

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from pymongo import ASCENDING, IndexModel

from shared.errors import Forbidden, Refused
from shared.mongo import Database, Indexes

INDEXES: Indexes = {"agencies": [IndexModel([("tokens.sha256", ASCENDING)], name="token")]}
ISSUER = AUDIENCE = "agencynet"
PERSON_TOKEN_SECONDS = 3_600
# How long a revoked token may still work in a process that has just seen it.
_REMEMBERED = 5.0
_REMEMBERED_MOST = 10_000

Scope = Literal[
    "staff:write",
    "directory:read",
    "directory:write",
    "events:read",
    "events:write",
    "courses:read",
    "courses:write",
    "notify:read",
    "notify:write",
    "network:admin",
]
SCOPES: tuple[str, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """An agency's system (scopes and its token's id, no person) or a person (`coordinator` of their agency or
    not, one of the network's `steering` committee or not: the committee sees the whole, and acts for no
    agency by it).
    """

    agency: str
    person_id: str | None = None
    scopes: frozenset[str] = frozenset()
    token: str | None = None
    coordinator: bool = False
    steering: bool = False

    @property
    def is_system(self) -> bool:
        return self.person_id is None

    @property
    def own_id(self) -> str:
        """For asking for what is the caller's own.

        Raises:
            IsForPeople: a system, which has nothing of its own and must not find what nobody has.

        """
        if self.person_id is None:
            raise IsForPeople("This is for people: a system has nothing of its own here.")
        return self.person_id

    def is_person(self, person_id: str | None) -> bool:
        """Whether the caller is this person. Compare here and nowhere else: a system has no id and an erased
        person's is gone, and two that are absent are not the same one.
        """
        return person_id is not None and self.person_id == person_id

    def acts_for(self, agency: str | None, person_id: str | None = None) -> bool:
        """The agency's own system or coordinator, or the person in question."""
        if agency is None or self.agency != agency:
            return False
        return self.is_system or self.coordinator or self.is_person(person_id)


class Unknown(Refused):
    """Which of these it is, is not told."""

    status = 401
    title = "The token is missing, wrong, expired or revoked"
    code = "no-valid-token"

    def __init__(self) -> None:
        super().__init__("Send a valid token: Authorization: Bearer <token>.")


class IsForPeople(Forbidden):
    title = "This is for people, not for agencies' systems"


def new_token() -> tuple[str, str]:
    """A system's token of 256 random bits, and its SHA-256, which is all that is kept."""
    token = "agn_" + secrets.token_urlsafe(32)
    return token, digest(token)


def token_id(sha256: str) -> str:
    """What a token is called where it is listed; nobody can use it by that."""
    return sha256[:16]


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def person_token(
    key: ECKey, person_id: str, agency: str, now: datetime, seconds: int = PERSON_TOKEN_SECONDS
) -> str:
    """A person's token: a JWT signed with ES256, good for an hour unless told."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": person_id,
        "agency": agency,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + seconds,
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)


class Door:
    """Tells callers by their bearer token, from the service's own copy of the agencies."""

    def __init__(
        self, db: Database, jwks: Path | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._db = db
        self._clock = clock
        self._keys = KeySet.import_key_set(_read(jwks)) if jwks else None
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._remembered: dict[str, tuple[float, Caller]] = {}

    async def caller(self, token: str) -> Caller:
        """
        Raises:
            Unknown: nobody has this token.

        """
        name = digest(token)
        until, caller = self._remembered.get(name, (0.0, None))
        if caller and monotonic() < until:
            return caller
        caller = await (self._system(name) if token.startswith("agn_") else self._person(token))
        if len(self._remembered) >= _REMEMBERED_MOST:
            self._remembered.clear()
        self._remembered[name] = (monotonic() + _REMEMBERED, caller)
        return caller

    async def _system(self, sha256: str) -> Caller:
        agency = await self._db.agencies.find_one({"tokens.sha256": sha256, "deleted": False})
        if not agency:
            raise Unknown
        for token in agency["tokens"]:
            if token["sha256"] == sha256 and token["expires_at"] > self._clock():
                return Caller(agency["_id"], scopes=frozenset(token["scopes"]), token=token_id(sha256))
        raise Unknown

    async def _person(self, token: str) -> Caller:
        if not self._keys:
            raise Unknown
        try:
            claims = jwt.decode(token, self._keys, algorithms=["ES256"]).claims
            self._claims.validate(claims)
        except (JoseError, ValueError) as error:
            raise Unknown from error
        person, agency = str(claims["sub"]), str(claims.get("agency", ""))
        found = await self._db.agencies.find_one(
            {"_id": agency, "deleted": False}, {"coordinators": 1, "steering": 1}
        )
        if not found or not await self._works_there(person, agency):
            raise Unknown
        return Caller(
            agency,
            person_id=person,
            coordinator=person in found["coordinators"],
            # Not in copies from before there was a committee.
            steering=person in found.get("steering", ()),
        )

    async def _works_there(self, person: str, agency: str) -> bool:
        """Not somebody who has left, is erased or works elsewhere, as far as this service has heard: their
        token goes on for a while. A marker without an agency is all that is left of the erased. Somebody of
        whom it has not heard yet is whom the portal says.
        """
        shown = {"agency": 1, "status": 1, "deleted": 1, "employee_id": 1}
        found = await self._db.people.find_one({"_id": person}, shown)
        if found is None:
            return True
        there = found.get("agency") == agency and found.get("status") == "active" and not found["deleted"]
        # What the directory keeps of an erased person has no employee's id.
        return there and found.get("employee_id") != ""


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
