import httpx2
from fastapi import FastAPI

from shared.web import problems


def _nothing() -> None: ...


async def test_a_method_not_allowed_names_those_of_all_routes_of_the_path() -> None:
    app = FastAPI()
    problems.install(app)
    for method, path in (
        ("GET", "/things"),
        ("POST", "/things"),
        ("PUT", "/things/{id}"),
        ("GET", "/things/compare"),
        ("DELETE", "/others"),
    ):
        app.add_api_route(path, _nothing, methods=[method])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as http:
        answer = await http.request("PATCH", "/things")
        one = await http.request("PATCH", "/things/1")
        literal = await http.request("PUT", "/things/compare")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert (one.status_code, one.headers["Allow"]) == (405, "PUT")
    assert (literal.status_code, literal.headers["Allow"]) == (405, "GET"), "it is no /things/{id}"
