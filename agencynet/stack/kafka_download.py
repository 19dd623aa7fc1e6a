"""Fetches Apache Kafka from Maven Central, once for every user of the machine.

Runs as a process of its own, so that Ctrl-C ends it at once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

VERSION = "4.1.1"
ABOUT_MEGABYTES = 45

_KAFKA = f"org.apache.kafka:kafka_2.13:{VERSION}"
# Kafka writes through slf4j and names no backend; without one it is silent, also when it dies.
_LOG_BACKEND = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3")
_TIMEOUT_SECONDS = 30
_AT_ONCE = 8


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "agencynet" / f"kafka-{VERSION}"


def cached_class_path(folder: Path) -> list[Path] | None:
    """The jars, if all of them were fetched whole; else None."""
    try:
        names = (folder / "classpath").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    jars = [folder / name for name in names]
    return jars if jars and all(jar.is_file() for jar in jars) else None


def fetch(folder: Path) -> list[Path]:
    """Resolve and download all jars into `folder`. A second call finds them there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if found := cached_class_path(folder):
            return found
        # jgo trusts any file it finds, also one that an interrupted download left half written.
        shutil.rmtree(folder, ignore_errors=True)
        jars = _download(folder)
        unfinished = folder / "classpath.part"
        unfinished.write_text("\n".join(str(jar.relative_to(folder)) for jar in jars), encoding="utf-8")
        unfinished.replace(folder / "classpath")
        return jars


def _download(folder: Path) -> list[Path]:
    from jgo.maven import MavenContext  # noqa: PLC0415 - a third of a second, not needed when all is there
    from jgo.parse import Coordinate  # noqa: PLC0415

    maven = MavenContext(repo_cache=folder, timeout=_TIMEOUT_SECONDS)
    kafka = maven.create_dependency(replace(Coordinate.parse(_KAFKA), scope="compile"))
    wanted, needed = maven.resolver.resolve([kafka])
    artifacts = [part.artifact for part in (*wanted, *needed) if part.scope in {"compile", "runtime"}]
    # Resolved with the rest, its bill of materials would replace Kafka's own client by an older one.
    group, name, version = _LOG_BACKEND
    artifacts.append(maven.project(group, name).at_version(version).artifact())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda artifact: artifact.resolve(), artifacts))


def main() -> None:
    try:
        fetch(cache_folder())
    except Exception as error:  # noqa: BLE001 - whatever it was, its last line is what the person is told
        sys.exit(f"{type(error).__name__}: {error}")
