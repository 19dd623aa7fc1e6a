"""Which pure code mutmut breaks, one change at a time, and which unit tests must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    broken: tuple[str, ...]
    """Patterns of files; `*` goes through folders."""
    tests: str


AREAS = {
    "seats": Area(("shared/seats/*.py",), "tests/seats"),
    "events": Area(("services/events/rules/*.py",), "tests/events"),
    "courses": Area(("services/courses/rules/*.py",), "tests/courses"),
    "notify": Area(("services/notify/rules/*.py",), "tests/notify"),
    "directory": Area(
        (
            "services/directory/*/rules.py",
            "services/directory/*/rules/*.py",
            "services/directory/worktime.py",
        ),
        "tests/directory",
    ),
    "portal": Area(("services/portal/rules/*.py",), "tests/portal"),
    "formats": Area(("shared/formats/*.py",), "tests/shared"),
}
