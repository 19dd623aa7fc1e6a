"""Files that pages are dressed with: read once, compressed once, named by their content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

OWN = Path(__file__).parent.parent / "static"
_FONT = "@fontsource-variable/atkinson-hyperlegible-next/files"
# Name on the page to where npm put it.
_PACKAGES = {
    "fkui.css": "@fkui/design/lib/fkui.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "text.woff2": f"{_FONT}/atkinson-hyperlegible-next-latin-wght-normal.woff2",
}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_PACKED = {".woff2"}


class NoPackages(Exception):  # noqa: N818
    """npm has not put the packages where they are looked for."""


@dataclass(frozen=True, slots=True)
class Asset:
    tag: str
    content: bytes
    zipped: bytes | None
    media_type: str


class Assets:
    """`url(name)` may be kept permanently: another content has another address."""

    def __init__(self, packages: Path) -> None:
        paths = {name: packages / path for name, path in _PACKAGES.items()}
        paths |= {path.name: path for path in sorted(OWN.iterdir()) if path.suffix in _TYPES}
        self._assets: dict[str, Asset] = {}
        # Style sheets last: they name the others.
        for name in sorted(paths, key=lambda name: name.endswith(".css")):
            self._assets[name] = self._read(paths[name])

    def _read(self, path: Path) -> Asset:
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise NoPackages(f"{path} is missing: run `make .venv/.ready`, or `npm ci`.") from error
        if path.suffix == ".css" and path.parent == OWN:
            content = _without_layout(content)
        if path.suffix == ".css":
            content = re.sub(rb"asset\(([\w.-]+)\)", self._named, content)
        return Asset(
            tag=hashlib.sha256(content).hexdigest()[:12],
            content=content,
            zipped=None if path.suffix in _PACKED else gzip.compress(content, 9, mtime=0),
            media_type=_TYPES[path.suffix],
        )

    def _named(self, match: re.Match[bytes]) -> bytes:
        return f"url({self.url(match[1].decode())})".encode()

    def url(self, name: str) -> str:
        return f"/static/{self._assets[name].tag}/{name}"

    def answer(self, request: Request, tag: str, name: str) -> Response:
        asset = self._assets.get(name)
        if asset is None or asset.tag != tag:
            return Response(status_code=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        zipped = asset.zipped if "gzip" in request.headers.get("accept-encoding", "") else None
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(zipped or asset.content, media_type=asset.media_type, headers=headers)


def _without_layout(css: bytes) -> bytes:
    """Without what only its writers read: comments, and the space between rules and declarations."""
    plain = re.sub(rb"/\*.*?\*/", b"", css, flags=re.DOTALL)
    return re.sub(rb"\s*([{};])\s*", rb"\1", re.sub(rb"\s+", b" ", plain)).replace(b";}", b"}").strip()
