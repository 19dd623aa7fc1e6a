"""An agency that sends HR exports, and the files it sends."""

from typing import Any

from tests.directory.network import Network
from tests.harness import eventually

HEADINGS = "Anstnr;Förnamn;Efternamn;E-post;Befattning;Ort;Anställd fr.o.m."


def export(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *rows, ""]).encode("cp1252")


def row(n: int, title: str = "Upphandlare", since: str = "23/11 2026") -> str:
    return f"{n};Åsa;Öberg{n};a{n}@csn.se;{title};Östersund;{since}"


class Agency:
    def __init__(self, network: Network, slug: str) -> None:
        self.network = network
        self.slug = slug
        self.headers = network.tokens[slug]

    async def post(self, data: bytes, headers: dict[str, str] | None = None, **form: Any) -> Any:
        return await self.network.http.post(
            "/directory/v1/imports",
            files={"file": ("export.csv", data, "text/csv")},
            data={name: str(value) for name, value in form.items()},
            headers={**self.headers, **(headers or {})},
        )

    async def load(self, data: bytes, headers: dict[str, str] | None = None, **form: Any) -> dict[str, Any]:
        answer = await self.post(data, headers, **form)
        assert answer.status_code == 202, answer.text
        return await self.done(answer.json()["id"])

    async def done(self, id_: str) -> dict[str, Any]:
        async def look() -> dict[str, Any]:
            return (await self.network.get(f"/imports/{id_}", self.headers)).json()

        return await eventually(
            look, within=60, until=lambda job: job["state"] in {"done", "refused", "cancelled"}
        )

    async def ask_again(self, id_: str, **body: Any) -> Any:
        path = f"/directory/v1/imports/{id_}/repetitions"
        return await self.network.http.post(path, json=body, headers=self.headers)

    async def repeat(self, id_: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask_again(id_, **body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def people(self) -> dict[str, str]:
        """Employee to title, of those who work there."""
        found = self.network.db.people.find({"agency": self.slug, "status": "active"})
        return {each["employee_id"]: each["title"] for each in await found.to_list(None)}
