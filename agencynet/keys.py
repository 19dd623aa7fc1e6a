"""The key that this machine's operator signs people's tokens with. Elsewhere the portal signs them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey

from agencynet.stack.folder import make_folder


def signing_key(folder: Path) -> ECKey:
    """The key in `folder`, made there the first time with `jwks.json`, its public half, beside it."""
    path = folder / "signing.json"
    if not path.exists():
        _make(folder, path)
    return ECKey.import_key(json.loads(path.read_text(encoding="utf-8")))


def _make(folder: Path, path: Path) -> None:
    make_folder(folder).chmod(0o700)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    public = {"keys": [key.as_dict(private=False)]}
    (folder / "jwks.json").write_text(json.dumps(public, indent=2), encoding="utf-8")
    # Last, because it tells that both are there.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file, indent=2)
