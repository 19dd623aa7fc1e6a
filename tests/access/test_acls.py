"""A real Kafka with TLS, passwords and Kafka's own authorizer: each may do what they need, and no more."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    KafkaError,
    MemberIdRequired,
    NotCoordinatorForGroupError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest
from motor.motor_asyncio import AsyncIOMotorClient
from typer.testing import CliRunner, Result

from agencynet import operations
from agencynet.access import credentials, rules
from agencynet.access import kafka as access
from agencynet.access.protocol import ask
from agencynet.cli import app
from agencynet.stack import Stack
from services.directory.app import SPEC as DIRECTORY
from services.notify.app import spec as notify
from shared.contracts.topics import SERVICES, TOPICS
from shared.kafka import clients as kafka
from shared.settings import ServiceSettings
from tests.access.secured import Secured, secured_kafka
from tests.faults.smtp_server import mail_server
from tests.harness import all_topics, eventually, running
from tests.notify.office import quick

pytestmark = [pytest.mark.ci, pytest.mark.timeout(300)]
AGENCIES = ("csn", "spv")
PROGRAM = Path(__file__).parents[2] / "examples" / "agency_system.py"
OTHERS = [*TOPICS, "staff.spv", "staff.csn-x", "__consumer_offsets", "anything"]


@pytest.fixture(scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    """With everybody's password set, all topics made and every rule written."""
    async with secured_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        await kafka.create_topics(broker.operator, all_topics(*AGENCIES))
        await broker.let_in(*SERVICES, *(f"staff.{agency}" for agency in AGENCIES))
        wanted = rules.wanted(rules.specs(), AGENCIES)
        await access.apply(broker.operator, await access.compare(broker.operator, wanted))

        async def complete() -> bool:
            return not (await access.compare(broker.operator, wanted)).missing

        await eventually(complete)
        yield broker


@pytest.fixture
def csn(secured: Secured) -> ServiceSettings:
    return secured.settings("staff.csn")


async def write(settings: ServiceSettings, topic: str, transactional_id: str | None = None) -> None:
    producer = AIOKafkaProducer(
        **kafka.connection(settings), acks="all", enable_idempotence=True, transactional_id=transactional_id
    )
    try:
        async with asyncio.timeout(20):
            await producer.start()
            await producer.send_and_wait(topic, b"{}", b"4711")
    finally:
        await asyncio.wait_for(producer.stop(), 5)


async def read(settings: ServiceSettings, topic: str) -> None:
    """By the bare request: aiokafka's consumer would never stop asking."""
    (answer,) = await ask(settings, [FetchRequest(100, 0, 1_000, 1, [(topic, [(0, 0, 1_000)])])])
    for _, partitions in answer.topics:
        for partition in partitions:
            if partition[1]:
                raise for_code(partition[1])


async def join(settings: ServiceSettings, group: str) -> None:
    request = JoinGroupRequest(group, 10_000, 10_000, "", "", "consumer", [("range", b"")])
    (answer,) = await ask(settings, [request])
    # Joining takes two steps; the first gives a member its id.
    if answer.error_code not in {0, MemberIdRequired.errno}:
        raise for_code(answer.error_code)
    # Staying, it would keep out those who are to join by another assignor.
    await ask(settings, [LeaveGroupRequest(group, answer.member_id)])


async def test_an_agency_can_write_to_its_own_feed(csn: ServiceSettings) -> None:
    await write(csn, "staff.csn")


@pytest.mark.parametrize("topic", OTHERS)
async def test_an_agency_can_write_to_no_other_topic(csn: ServiceSettings, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await write(csn, topic)


@pytest.mark.parametrize("topic", ["staff.csn", *OTHERS])
async def test_an_agency_can_read_nothing_and_not_even_its_own_feed(csn: ServiceSettings, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await read(csn, topic)


async def test_an_agency_sees_no_other_topic(csn: ServiceSettings) -> None:
    async with kafka.admin(csn) as admin:
        assert await admin.list_topics() == ["staff.csn"]
        described = await admin.describe_topics(["directory.people"])
    assert described[0]["error_code"] == TopicAuthorizationFailedError.errno


async def test_an_agency_can_neither_make_nor_remove_a_topic(csn: ServiceSettings) -> None:
    async with kafka.admin(csn) as admin:
        made = await admin.create_topics([NewTopic("staff.csn-extra", 1, 1)])
        gone = await admin.delete_topics(["staff.csn"])
    assert made.topic_errors[0][1] == TopicAuthorizationFailedError.errno
    assert gone.topic_error_codes[0][1] == TopicAuthorizationFailedError.errno


@pytest.mark.parametrize("group", ["directory", "notify", "staff.csn", "anything"])
async def test_an_agency_can_join_no_group(csn: ServiceSettings, group: str) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        await join(csn, group)
    async with kafka.admin(csn) as admin:
        with pytest.raises(GroupAuthorizationFailedError):
            await admin.find_coordinator(group)


@pytest.mark.parametrize("name", ["directory-outbox-0", "staff.csn", "anything"])
async def test_an_agency_can_fence_no_service_out(csn: ServiceSettings, name: str) -> None:
    with pytest.raises(TransactionalIdAuthorizationFailed):
        await write(csn, "staff.csn", name)


async def test_an_agency_can_give_itself_nothing(csn: ServiceSettings, secured: Secured) -> None:
    with pytest.raises(KafkaError):
        await access.allow(csn, [rules.of_agency("csn")._replace(name="directory.people")])
    with pytest.raises(KafkaError):
        await access.compare(csn, [])
    with pytest.raises(KafkaError):
        await credentials.set_password(csn, "directory", "mine")
    async with kafka.admin(secured.settings("directory")) as admin:
        assert await admin.list_topics()


async def test_a_wrong_password_an_unknown_ca_and_plain_text_stay_outside(
    csn: ServiceSettings, secured: Secured, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not it")
    attempts = (
        {"kafka_password_file": wrong},
        {"kafka_ca": None},
        {"kafka_tls": False},
        {"kafka_user": "", "kafka_password_file": None},
    )
    for change in attempts:
        client = AIOKafkaAdminClient(**kafka.connection(csn.model_copy(update=change)))
        with pytest.raises((KafkaError, ssl.SSLError, TimeoutError)):
            async with asyncio.timeout(10):
                await client.start()
        await client.close()


async def test_one_service_can_do_its_own_work_and_not_anothers(secured: Secured) -> None:
    directory, courses = secured.settings("directory"), secured.settings("courses")
    for topic in ("staff.csn", "staff.spv", "events.meetings"):
        await read(directory, topic)

    async def coordinated() -> bool:
        try:
            async with kafka.admin(directory) as admin:
                await admin.find_coordinator("directory")
            await join(directory, "directory")
        except (CoordinatorNotAvailableError, NotCoordinatorForGroupError):
            # Its place is made the first time that anybody asks.
            return False
        return True

    await eventually(coordinated)
    with pytest.raises(GroupAuthorizationFailedError):
        await join(courses, "directory")
    for topic in ("directory.people", "events.meetings", "notify.deliveries", "staff.csn"):
        with pytest.raises(TopicAuthorizationFailedError):
            await write(courses, topic)
    for topic in ("staff.csn", "notify.requests", "notify.deliveries", "directory.groups"):
        with pytest.raises(TopicAuthorizationFailedError):
            await read(courses, topic)
    with pytest.raises(TransactionalIdAuthorizationFailed):
        await write(courses, "courses.occasions", "directory-outbox-0")


async def test_a_staff_record_becomes_a_mail_with_every_part_in_its_own_name(
    secured: Secured, stack: Stack, jwks: Path
) -> None:
    """The agency by the program that agencies copy, the directory and notify each as a user of its own."""
    parts = {"mongodb": stack.mongodb, "jwks": jwks}
    for slug in AGENCIES:
        fields = {
            "name": slug.upper(),
            "full_name": slug.upper(),
            "name_en": slug.upper(),
            "kind": "myndighet",
            "places": ["Sundsvall"],
            "mail_domain": f"{slug}.example",
            "protection": "carried",
        }
        await operations.add_agency(secured.settings("operator", **parts), slug, fields)
    async with (
        mail_server() as server,
        running(notify(quick(server)), secured.settings("notify", **parts)),
        running(DIRECTORY, secured.settings("directory", **parts)),
    ):
        try:
            for slug in AGENCIES:
                assert await publish_as_an_agency_would(secured, slug) == 0

            async def recipients() -> set[str]:
                return {mail.recipient for mail in server.received}

            everybody = {f"asa.oberg@{slug}.example" for slug in AGENCIES}
            await eventually(recipients, within=60, until=lambda seen: seen >= everybody)
        finally:
            client: AsyncIOMotorClient = AsyncIOMotorClient(stack.mongodb)
            for name in ("directory", "notify"):
                await client.drop_database(name)
            client.close()


async def publish_as_an_agency_would(secured: Secured, slug: str) -> int:
    record = {
        "employee_id": "4711",
        "version": 1,
        "status": "active",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "email": f"asa.oberg@{slug}.example",
        "roles": ["upphandlare"],
        "location": "Sundsvall",
        "protected": False,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), "--agency", slug, "--file", "-"),
        stdin=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "AGENCYNET_KAFKA": secured.servers,
            "AGENCYNET_KAFKA_USER": f"staff.{slug}",
            "AGENCYNET_KAFKA_PASSWORD": (secured.folder / f"staff.{slug}.password").read_text(),
            "AGENCYNET_KAFKA_CA": str(secured.folder / "ca.pem"),
        },
    )
    await process.communicate(json.dumps(record).encode())
    return process.returncode or 0


@pytest.fixture
def as_operator(
    secured: Secured, stack: Stack, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ServiceSettings:
    """The program's environment; a namespace of its own, so that the rules of the others stay."""
    for name, value in {
        "KAFKA": secured.servers,
        "KAFKA_USER": "operator",
        "KAFKA_PASSWORD_FILE": str(secured.folder / "operator.password"),
        "KAFKA_CA": str(secured.folder / "ca.pem"),
        "MONGODB": stack.mongodb,
        "NAMESPACE": settings.namespace,
        "LOCAL": str(tmp_path),
    }.items():
        monkeypatch.setenv(f"AGENCYNET_{name}", value)
    return ServiceSettings()


async def agencynet(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_the_operator_writes_the_rules_and_takes_away_what_is_too_much(
    as_operator: ServiceSettings,
) -> None:
    ns = as_operator.namespace
    tried = json.loads((await agencynet("topics", "acls", "--dry-run", "--json")).stdout)
    assert f"{ns}notify may read topic {ns}notify.requests" in tried["allow"]
    assert json.loads((await agencynet("topics", "acls", "--dry-run", "--json")).stdout) == tried
    assert (await agencynet("topics", "acls")).exit_code == 0
    too_much = rules.Rule(
        ns + "courses", rules.Resource.TOPIC, ns + "staff.", rules.Pattern.PREFIXED, rules.Operation.READ
    )
    somebody_elses = too_much._replace(principal="others")
    await access.allow(as_operator, [too_much, somebody_elses])
    second = await eventually(
        lambda: agencynet("topics", "acls", "--json"),
        until=lambda answer: json.loads(answer.stdout)["take_away"],
    )
    assert json.loads(second.stdout)["take_away"] == [f"{ns}courses may read topic {ns}staff.*"]
    third = await eventually(
        lambda: agencynet("topics", "acls"), until=lambda answer: "and no more" in answer.stdout
    )
    assert third.exit_code == 0


async def test_the_operator_lets_an_agency_in_and_changes_its_password(
    as_operator: ServiceSettings, tmp_path: Path
) -> None:
    ns, file = as_operator.namespace, tmp_path / "new.password"
    first = await agencynet("topics", "user", "staff.csn", "--password-file", str(file))
    assert (first.exit_code, file.stat().st_mode & 0o777) == (0, 0o600)
    assert file.read_text() not in first.output
    theirs = as_operator.model_copy(update={"kafka_user": f"{ns}staff.csn", "kafka_password_file": file})

    async def comes_in() -> bool:
        try:
            async with kafka.admin(theirs) as admin:
                return await admin.list_topics() == []
        except KafkaError:
            return False

    await eventually(comes_in)
    stranger = await agencynet("topics", "user", "operator", "--password-file", str(file))
    assert (stranger.exit_code, "not a user of the network" in stranger.stderr) == (1, True)
