"""What a service writes into its audit, by its code and by its own answer."""

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

from shared.audit import sealing
from tests.harness import Running


def acts_in(app: ModuleType) -> set[str]:
    """The acts that the service's code names where it writes an entry; `?` for one that is not named there."""
    assert app.__file__
    found: set[str] = set()
    for path in Path(app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("audit.record"):
                act = node.args[1]
                found.add(str(act.value) if isinstance(act, ast.Constant) else "?")
    return found


async def entries(running: Running, caller: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    """Everything so far that the caller may read, the earliest first."""
    await sealing.seal_all(running.mongo)
    answer = await running.http.get(
        f"/{running.service.spec.name}/v1/audit-entries", headers=caller, params={"limit": 100, **params}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][::-1]
