"""What identity providers do: requests in the shapes that were recorded of Entra ID and Okta."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from services.directory.scim.rules import ENTERPRISE, NETWORK
from tests.directory.network import Network
from tests.harness import eventually

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SCIM = {"Content-Type": "application/scim+json"}


def user(name: str = "asa.oberg", **changes: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, ENTERPRISE, NETWORK],
        "externalId": f"ext-{name}",
        "userName": f"{name}@csn.example",
        "active": True,
        "displayName": "Åsa Öberg",
        "title": "Upphandlare",
        "name": {"formatted": "Åsa Öberg", "familyName": "Öberg", "givenName": "Åsa"},
        "emails": [{"primary": True, "type": "work", "value": f"{name}@csn.example"}],
        "phoneNumbers": [{"primary": True, "type": "work", "value": "060-18 40 00"}],
        "addresses": [{"type": "work", "locality": "Sundsvall"}],
        "meta": {"resourceType": "User"},
        ENTERPRISE: {"department": "Inköp"},
        NETWORK: {
            "protected": False,
            "specialties": "ramavtal; direktupphandling",
            "employedFrom": "2026-11-01T00:00:00Z",
        },
        **changes,
    }


@dataclass
class IdentityProvider:
    network: Network
    agency: str

    @property
    def headers(self) -> dict[str, str]:
        return self.network.tokens[self.agency]

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return await self.network.http.request(
            method,
            f"/scim/v2{path}",
            json=body,
            headers={**SCIM, **self.headers, **headers},
        )

    async def create(self, resource: dict[str, Any], kind: str = "Users") -> dict[str, Any]:
        answer = await self.send("POST", f"/{kind}", resource)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def group(self, name: str, *members: str) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": id_} for id_ in members]}
        return await self.create(body, "Groups")

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> None:
        body = {"schemas": [PATCH], "Operations": operations}
        answer = await self.send("PATCH", path, body, **headers)
        assert answer.status_code in {200, 204}, answer.text

    async def read(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.network.http.get(f"/scim/v2{path}", params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def over_http(app: Any) -> AsyncIterator[str]:
    """The application on a port of its own; its address."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:

        async def started() -> bool:
            return server.started

        await eventually(started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
