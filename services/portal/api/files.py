"""What pages are dressed with, and the keys that our tokens can be checked with."""

from fastapi import APIRouter, Depends, Request, Response

from services.portal.web.portal import Portal
from shared.web.policy import public

router = APIRouter(dependencies=[Depends(public)])


@router.get("/static/{tag}/{name}", summary="A file of the pages / En fil till sidorna")
async def asset(request: Request, tag: str, name: str) -> Response:
    portal: Portal = request.app.state.portal
    return portal.assets.answer(request, tag, name)


@router.get("/.well-known/jwks.json", summary="Public keys of people's tokens / Öppna nycklar")
async def jwks(request: Request) -> Response:
    """The file that the services read: during a rotation it holds the old key and the new."""
    portal: Portal = request.app.state.portal
    return Response(
        portal.public_keys(),
        media_type="application/jwk-set+json",
        headers={"Cache-Control": "public, max-age=300"},
    )


@router.get("/robots.txt", summary="For search engines: nothing / Till sökmotorer: inget")
async def robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")
