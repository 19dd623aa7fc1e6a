"""`make measure`: what is counted of the code, so that it can't grow back without being seen.

Each figure is counted from the syntax, never from the words of comments. docs/measurements/ keeps them by date.
"""

import argparse
import ast
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("directory", "events", "courses", "notify")
DECIDING = ("handlers", "rules", "api")

# What one reads, in this order, to follow a staff record to a mail. Each file leads to the next: one imports the
# other, or both import the message or the store that carries the work on (`leads`).
_IN = (
    "shared/contracts/staff.py",
    "shared/consuming/batches.py",
    "services/directory/intake/handlers/staff.py",
    "services/directory/people/handlers/people.py",
)
_OUT = (
    "services/notify/handlers/requests.py",
    "services/notify/handlers/preparing.py",
    "services/notify/worker/claiming.py",
    "services/notify/worker/sending.py",
)
SPINES = {
    "the card You are not alone": (
        *_IN,
        "services/directory/peers/handlers/lone.py",
        "shared/publishing/outbox.py",
        *_OUT,
    ),
    "a late invitation": (
        *_IN,
        "shared/publishing/outbox.py",
        "services/events/handlers/people.py",
        "services/events/handlers/jobs.py",
        "services/events/handlers/inviting.py",
        "services/events/handlers/desk.py",
        "services/events/handlers/notices.py",
        *_OUT,
    ),
}
BARE = {"dict", "Mapping", "MutableMapping", "Document"}


def files(root: Path, *folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(paths: Iterable[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def subscripts(path: Path) -> int:
    """`x["field"]`, read or written; not `Literal["field"]`."""
    return sum(
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and not (isinstance(node.value, ast.Name) and node.value.id in {"Literal", "Annotated"})
        for node in ast.walk(tree(path))
    )


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def takes_or_returns_bare(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A `dict[str, Any]`, a `Document` or a `Mapping` of anything; `dict[str, Seat]` is typed."""
    of = function.args
    taken = [one.annotation for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
    return any(map(_is_bare, [*taken, function.returns]))


def _is_bare(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    typed: set[int] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and _name(node.value) in BARE - {"Document"}:
            value = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            if _name(value) not in {"Any", "object"}:
                typed.add(id(node.value))
    return any(_name(node) in BARE and id(node) not in typed for node in ast.walk(annotation))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def in_layer(path: Path, layer: str) -> bool:
    return path.stem == layer or layer in path.parts


def visible(path: Path) -> list[str]:
    """Functions, properties and constants that say whether a person is seen."""
    named = {"visible", "_visible", "is_visible", "VISIBLE"}
    found = [one.name for one in functions(path) if one.name in named]
    for node in tree(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found += [target.id for target in targets if isinstance(target, ast.Name) and target.id in named]
    return found


def classes(paths: Iterable[Path]) -> dict[str, ast.ClassDef]:
    return {
        node.name: node for path in paths for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)
    }


def without_code(paths: list[Path]) -> list[str]:
    """Where a refusal is raised whose class has no title and no code."""
    known = classes(paths)
    refusals = _below("Refused", known)
    coded = {name for name in refusals if {"title", "code"} & _assigned(known[name])}
    found: list[str] = []
    for path in paths:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Raise) and node.exc:
                name = _name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
                if name in refusals - coded:
                    found.append(f"{path}:{node.lineno}")
    return found


def _below(base: str, known: Mapping[str, ast.ClassDef]) -> set[str]:
    found = {base}
    while more := {n for n, c in known.items() if {_name(b) for b in c.bases} & found} - found:
        found |= more
    return found & set(known)


def _assigned(of: ast.ClassDef) -> set[str]:
    found: set[str] = set()
    for node in of.body:
        if isinstance(node, ast.Assign):
            found |= {_name(target) for target in node.targets}
        elif isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.value) != "''":
            found.add(_name(node.target))
    return found


def due_mechanisms(root: Path) -> list[str]:
    """Modules that keep a time when something is due and hand it out once: they schedule and claim. A mail is
    claimed by its sender; that is its state machine, and no work for later.
    """
    found: list[str] = []
    for path in files(root, "services", "shared"):
        names = {one.name for one in functions(path)}
        strings = {
            n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
        schedules = {"schedule", "plan"} & names or {"due_at", "next_at", "due"} & strings
        claims = {
            name for name in names if name.lstrip("_").startswith(("claim", "take_due", "next_due", "lease"))
        }
        if schedules and claims and "mail" not in strings:
            found.append(str(path.relative_to(root)))
    return found


def seats_engines(root: Path) -> list[str]:
    """Modules that seat those who wait on their own: they have a `promote` and call no other's."""
    found: list[str] = []
    for path in files(root, "services", "shared"):
        own = [one for one in functions(path) if one.name == "promote"]
        borrowed = "services" in path.parts and any(
            name.startswith("shared.seats") for name in imported(path)
        )
        if own and not borrowed and (in_layer(path, "rules") or "seats" in path.parts):
            found.append(str(path.relative_to(root)))
    return found


def broken_spine(root: Path, files_of_it: Sequence[str]) -> str:
    """Where a file is gone or does not lead to the next; empty when all is well."""
    for path in files_of_it:
        if not (root / path).is_file():
            return f"{path} is gone"
    for one, other in pairwise(files_of_it):
        if not leads(root, one, other):
            return f"{one} does not lead to {other}"
    return ""


def leads(root: Path, one: str, other: str) -> bool:
    first, second = imported(root / one), imported(root / other)
    if _module(other) in first or _module(one) in second:
        return True
    # The consumer knows all topics, and so every message.
    if "shared.contracts.topics" in second and one.startswith("shared/contracts/"):
        return True
    store = ".".join(other.split("/")[:2]) + ".store"
    carriers = ("shared.contracts.", "shared.consuming.incoming", store)
    return any(name.startswith(carriers) for name in first & second)


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def said(paths: Iterable[Path]) -> tuple[int, int]:
    """Lines of docstrings, and lines that hold nothing but a comment."""
    docstrings = comments = 0
    for path in paths:
        for node in ast.walk(tree(path)):
            first = (
                node.body[0]
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and node.body
                else None
            )
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                docstrings += (first.end_lineno or first.lineno) - first.lineno + 1
        with path.open("rb") as source:
            comments += sum(
                token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
                for token in tokenize.tokenize(source.readline)
            )
    return docstrings, comments


def table(root: Path) -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        paths = files(root, f"services/{service}")
        count, all_lines = sum(map(subscripts, paths)), lines(paths)
        yield f'`x["field"]` per 100 lines in {service}', f"{100 * count / all_lines:.1f} ({count:,})"
    for service in SERVICES:
        for layer in DECIDING:
            own = [
                one
                for path in files(root, f"services/{service}")
                if in_layer(path, layer)
                for one in functions(path)
            ]
            bare = sum(map(takes_or_returns_bare, own))
            yield f"functions of {service}'s {layer} that take or return a bare dict", f"{bare} of {len(own)}"
    people = [name for path in files(root, "services/directory") for name in visible(path)]
    yield "definitions of visible", str(len(people))
    for name, on_it in SPINES.items():
        broken = broken_spine(root, on_it)
        yield f"files from a staff record to {name}", f"{len(on_it)}{broken and f', but {broken}'}"
    for name, found in (
        ("mechanisms for work that is due later", due_mechanisms(root)),
        ("engines for seats and the line", seats_engines(root)),
    ):
        yield name, f"{len(found)} ({', '.join(found)})"
    yield "refusals without a code", str(len(without_code(files(root, "services", "shared"))))
    product = files(root, "services", "shared", "agencynet")
    docstrings, comments = said(product)
    all_lines = lines(product)
    yield "docstring lines per 100", f"{100 * docstrings / all_lines:.1f}"
    yield "comment lines per 100", f"{100 * comments / all_lines:.1f}"


def main() -> None:
    wanted = argparse.ArgumentParser(prog="make measure", description=__doc__)
    wanted.add_argument("root", type=Path, nargs="?", default=ROOT, help="another tree of the same code")
    print("| | |\n|---|---|")
    for name, value in table(wanted.parse_args().root):
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
