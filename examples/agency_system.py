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
    await asyncio.wait_for(producer.start(), 20)
    try:
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
        await producer.stop()
    for record, answer in zip(records, answers, strict=True):
        if len(records) <= 20:
            print(
                f"{record['employee_id']} is at {answer.topic}, partition {answer.partition}, {answer.offset}"
            )
    print(f"{len(answers)} records acknowledged by Kafka on staff.{agency}")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Send an agency's staff records to the network.")
    arguments.add_argument("--agency", required=True, help="your agency's name in addresses, for example spv")
    arguments.add_argument("--file", help="JSON lines; - is standard input")
    asked = arguments.parse_args()
    records = [SAMPLE]
    if asked.file:
        with sys.stdin if asked.file == "-" else Path(asked.file).open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines if line.strip()]
    try:
        asyncio.run(publish(asked.agency, records))
    except (KafkaError, TimeoutError, OSError) as error:
        sys.exit(f"Kafka did not take the records: {type(error).__name__} {error}")


if __name__ == "__main__":
    main()
