import httpx2
import pytest
from fastapi import FastAPI, Response

from shared.web import problems
from shared.web.conditions import fits


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
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert (one.status_code, one.headers["Allow"]) == (405, "OPTIONS, PUT")
    assert (literal.status_code, literal.headers["Allow"]) == (405, "GET, HEAD, OPTIONS"), (
        "it is no /things/{id}"
    )


async def _asked(method: str, path: str, **headers: str) -> httpx2.Response:
    app = FastAPI()
    problems.install(app)

    @app.get("/things/{thing}")
    async def _thing(thing: str, response: Response) -> dict[str, str]:
        response.headers["ETag"] = '"a,b"'
        response.headers["Cache-Control"] = "private"
        return {"thing": thing}

    @app.post("/others")
    async def _other() -> None: ...

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as http:
        return await http.request(method, path, headers=headers)


async def test_head_is_what_get_is_without_its_body() -> None:
    got, head = await _asked("GET", "/things/1"), await _asked("HEAD", "/things/1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers
    assert (await _asked("HEAD", "/others")).status_code == 405
    assert (await _asked("HEAD", "/none")).status_code == 404


async def test_options_names_the_methods() -> None:
    answer = await _asked("OPTIONS", "/things/1")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (await _asked("OPTIONS", "/none")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"a,b"', 304),
        ('W/"a,b"', 304),
        ('"x", "a,b"', 304),
        ('"x",W/"a,b" , "y"', 304),
        ("*", 304),
        (" * ", 304),
        ('"a"', 200),
        ('"b"', 200),
        ("a,b", 200),
        ("", 200),
        ('"A,B"', 200),
        ('"' + "x" * 8_000, 200),
        ('W/"' * 2_000, 200),
    ],
)
async def test_what_the_reader_has_already_is_not_sent_again(
    method: str, condition: str, status: int
) -> None:
    answer = await _asked(method, "/things/1", **{"If-None-Match": condition})
    assert answer.status_code == status
    if status == 304:
        assert (answer.content, answer.headers["etag"], answer.headers["cache-control"]) == (
            b"",
            '"a,b"',
            "private",
        )
        assert "content-type" not in answer.headers
        assert "content-length" not in answer.headers


async def test_no_answer_leads_to_the_host_that_the_sender_has_named() -> None:
    answer = await _asked("GET", "/others/?a=1", Host="evil.example")
    assert (answer.status_code, answer.headers["location"]) == (307, "/others?a=1")


@pytest.mark.parametrize(
    ("header", "version", "fit"),
    [
        (None, 3, True),
        ("*", 3, True),
        ('"3"', 3, True),
        ('"2","3"', 3, True),
        ('"2" , "4"', 3, False),
        ('W/"3"', 3, False),
        ("3", 3, False),
        ("", 3, False),
        ('"33"', 3, False),
    ],
)
def test_if_match_is_compared_strongly(header: str | None, version: int, fit: bool) -> None:
    assert fits(header, version) is fit
