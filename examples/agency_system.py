"""How an agency's HR system tells the network about its staff: copy this file and make it yours.

It needs nothing but aiokafka (`pip install aiokafka`) and sends one message for each employee whose record
has changed. A record is always the whole record, so it does not matter if one is sent twice.

    python agency_system.py --agency spv                      a small sample
    python agency_system.py --agency spv --file staff.jsonl   one JSON object a line
    hr-export | python agency_system.py --agency spv --file -

Where Kafka is, and who you are, comes from the environment:
    AGENCYNET_KAFKA        host:port of its servers, for example kafka.example.se:9094
    AGENCYNET_KAFKA_USER   the user that the network gave your agency, where Kafka asks for one
    AGENCYNET_KAFKA_PASSWORD
    AGENCYNET_KAFKA_CA     the certificate of who signed Kafka's, if your machine does not know them
"""

import argparse
import asyncio
import json
import logging
import os
import ssl
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

SAMPLE = {
    "employee_id": "4711",
    # Rises with every change of this employee. A system that doesn't count sends the time of the change.
    "version": int(datetime.now(UTC).timestamp() * 1000),
    "status": "active",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@spv.example",
    "phone": "070-174 06 05",
    "title": "Inköpare",
    "specialties": ["ramavtal"],
    "location": "Sundsvall",
    "employed_from": "2026-11-01",
    # Leave it out, and an agency that has declared that it sends the flag has a protected employee.
    "protected": False,
}


def kafka_settings() -> dict:
    settings = {"bootstrap_servers": os.environ.get("AGENCYNET_KAFKA", "127.0.0.1:9092")}
    if user := os.environ.get("AGENCYNET_KAFKA_USER"):
        settings |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": os.environ["AGENCYNET_KAFKA_PASSWORD"],
            "ssl_context": ssl.create_default_context(cafile=os.environ.get("AGENCYNET_KAFKA_CA")),
        }
    return settings


def cloud_event(agency: str, record: dict) -> bytes:
    """The record in its envelope: CloudEvents 1.0 in JSON."""
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/staff/{agency}",
        "type": "staff.record.changed.v1",
        "subject": record["employee_id"],
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": record,
    }
    return json.dumps(event, ensure_ascii=False).encode()


async def publish(agency: str, records: list[dict]) -> None:
    # acks=all: a record counts as sent when every copy of Kafka has it. Idempotent: a retry is no duplicate.
    producer = AIOKafkaProducer(**kafka_settings(), acks="all", enable_idempotence=True)
    try:
        await asyncio.wait_for(producer.start(), 20)
        # The key keeps an employee's records in their order.
        sent = [
            await producer.send(
                f"staff.{agency}", cloud_event(agency, record), key=record["employee_id"].encode()
            )
            for record in records
        ]
        # A send has no end of its own: whoever waits for it must say for how long.
        answers = await asyncio.wait_for(asyncio.gather(*sent), 30)
    finally:
        # Also where it could not start: it holds connections and tasks by then.
        await producer.stop()
    for record, answer in zip(records, answers, strict=True):
        if len(records) <= 20:
            print(
                f"{record['employee_id']} is at {answer.topic}, partition {answer.partition}, {answer.offset}"
            )
    print(f"{len(answers)} records acknowledged by Kafka on staff.{agency}")


def read(file: str) -> list[dict]:
    """The records of a file, or an end that names the line that is wrong."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        sys.exit(f"{file} can't be read: {error.strerror}")
    records = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            if line.strip():
                records.append(checked(json.loads(line.decode())))
        except UnicodeDecodeError:
            sys.exit(f"{file}, line {number}: is not UTF-8. Nothing has been sent.")
        except json.JSONDecodeError as error:
            sys.exit(f"{file}, line {number}: is not JSON at column {error.colno}. Nothing has been sent.")
        except ValueError as error:
            sys.exit(f"{file}, line {number}: {error}. Nothing has been sent.")
    return records


def checked(record: object) -> dict:
    """What Kafka needs to know; the network checks the rest, and says what is wrong on directory.parked."""
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - the file is wrong, not the program
    if not isinstance(record.get("employee_id"), str) or not record["employee_id"]:
        raise ValueError("employee_id must be text")
    return record


def main() -> None:
    arguments = argparse.ArgumentParser(description="Send an agency's staff records to the network.")
    arguments.add_argument("--agency", required=True, help="your agency's name in addresses, for example spv")
    arguments.add_argument("--file", help="JSON lines; - is standard input")
    asked = arguments.parse_args()
    records = read(asked.file) if asked.file else [SAMPLE]
    # What aiokafka logs of a connection that fails, the message below says once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        asyncio.run(publish(asked.agency, records))
    except (KafkaError, TimeoutError, OSError) as error:
        where = kafka_settings()["bootstrap_servers"]
        sys.exit(f"Kafka at {where} did not take the records: {str(error) or type(error).__name__}")


if __name__ == "__main__":
    main()
