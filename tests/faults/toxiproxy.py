"""Toxiproxy between the services and what they use: connections that can be cut, one service's at a time."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from agencynet.stack import CannotStart, Process
from agencynet.stack.ports import free_port
from agencynet.stack.process import listening

VERSION = "v2.12.0"
_PACKAGE = f"github.com/Shopify/toxiproxy/v2/cmd/server@{VERSION}"


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "agencynet" / f"toxiproxy-{VERSION}"


async def build(logs: Path) -> Path | None:
    """The program, built by Go the first time; None where there is no Go or it can't be fetched."""
    program = _folder() / "server"
    go = shutil.which("go")
    if not program.exists() and go:
        process = Process(
            "go install", [go, "install", _PACKAGE], logs / "go.log", env={"GOBIN": str(_folder())}
        )
        process.start()
        await process.exited()
    return program if program.exists() else None


@dataclass
class Proxies:
    """By name `<service>.<target>`, where targets are kafka, smtp and a mongod each."""

    process: Process | None = None
    api: str = ""
    ports: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def there(self) -> bool:
        return self.process is not None

    async def start(self, logs: Path) -> None:
        program = await build(logs)
        if program is None:
            return
        port = free_port()
        self.api = f"http://127.0.0.1:{port}"
        self.process = Process(
            "toxiproxy", [program, "-host", "127.0.0.1", "-port", str(port)], logs / "toxiproxy.log"
        )
        self.process.start()
        await listening(self.process, port, 20, "Try again.")

    async def add(self, name: str, upstream: int) -> int:
        """A port that leads to `upstream`, which is that itself where there are no proxies."""
        if not self.there:
            return upstream
        port = self.ports[name] = free_port()
        await self._ask(
            "POST",
            "/proxies",
            {"name": name, "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{upstream}"},
        )
        return port

    async def cut(self, prefix: str) -> None:
        """Let nothing through any more, neither way: as a dead network, connections don't break."""
        for name in self._named(prefix):
            for stream in ("upstream", "downstream"):
                toxic = {"name": stream, "type": "timeout", "stream": stream, "attributes": {"timeout": 0}}
                await self._ask("POST", f"/proxies/{name}/toxics", toxic)

    async def heal(self, prefix: str = "") -> None:
        for name in self._named(prefix):
            for toxic in (await self._ask("GET", f"/proxies/{name}/toxics")) or []:
                await self._ask("DELETE", f"/proxies/{name}/toxics/{toxic['name']}")

    def _named(self, prefix: str) -> list[str]:
        return [name for name in self.ports if name.startswith(prefix)]

    async def _ask(self, method: str, path: str, body: object = None) -> list[dict[str, str]] | None:
        async with httpx2.AsyncClient(base_url=self.api, timeout=10) as http:
            answer = await http.request(method, path, json=body)
        if answer.status_code >= 400:
            raise CannotStart(f"toxiproxy answers {answer.status_code} to {method} {path}.", answer.text)
        return answer.json() if answer.content else None
