"""Every topic: who owns it, what it carries, how long it lasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from shared.contracts import courses, directory, events, notify, parked, privacy, staff
from shared.contracts.envelope import Message
from shared.contracts.types import Gone

SERVICES = ("directory", "events", "courses", "notify", "portal")
STAFF_PREFIX = "staff."
SUPERSEDED_FOR = timedelta(minutes=1)
"""How long Kafka may put off taking away what something newer has replaced: a record in a segment that is not
closed is never cleaned, and one is closed by the first record that comes when it is this old.
"""


@dataclass(frozen=True)
class Topic:
    """`state` topics are compacted and hold the latest of each key; `facts` last `days` days."""

    name: str
    owner: str
    type: str
    data: Any
    kind: Literal["state", "facts"]
    days: int = 28
    partitions: int = 3
    max_bytes: int = 900_000
    writers: tuple[str, ...] = ()
    """Services that may write to it, where it is not the owner alone."""

    @property
    def noun(self) -> str:
        """What it tells of: `people` for directory.people."""
        return self.name.rpartition(".")[2]

    @cached_property
    def adapter(self) -> TypeAdapter[Message[Any]]:
        message: Any = Message.__class_getitem__(self.data)
        return TypeAdapter(message)

    @property
    def config(self) -> dict[str, str]:
        # The broker's clock, not the writer's: Kafka refuses what a clock says that is an hour ahead, and
        # forgets at once what one says that is a month behind.
        clock = {"message.timestamp.type": "LogAppendTime"}
        if self.kind == "state":
            soon = str(SUPERSEDED_FOR // timedelta(milliseconds=1))
            return {
                **clock,
                "cleanup.policy": "compact",
                "min.compaction.lag.ms": "0",
                "max.compaction.lag.ms": soon,
                "segment.ms": soon,
                "delete.retention.ms": "604800000",
            }
        return {
            **clock,
            "cleanup.policy": "delete",
            "retention.ms": str(self.days * 86_400_000),
            "max.message.bytes": str(max(1_048_588, self.max_bytes + 100_000)),
        }


def _state(name: str, type_: str, model: type) -> Topic:
    either = Annotated[model | Gone, Field(discriminator="deleted")]
    return Topic(name, name.split(".", maxsplit=1)[0], type_, either, "state")


def staff_topic(agency: str) -> Topic:
    return Topic(
        STAFF_PREFIX + agency, agency, "staff.record.changed.v1", staff.StaffRecord, "facts", partitions=2
    )


def parked_topic(service: str) -> Topic:
    return Topic(
        f"{service}.parked",
        service,
        f"{service}.message.parked.v1",
        parked.Parked,
        "facts",
        days=90,
        partitions=1,
        # A refused record of the largest size, in base64.
        max_bytes=2_500_000,
    )


def _privacy_answers(service: str) -> Topic:
    return Topic(
        f"{service}.privacy",
        service,
        f"{service}.privacy.answered.v1",
        privacy.PrivacyAnswer,
        "facts",
        # What it carries can be read for as long as the directory keeps the request's key.
        days=7,
        partitions=1,
    )


DIRECTORY_AGENCIES = _state("directory.agencies", "directory.agency.changed.v1", directory.Agency)
DIRECTORY_PEOPLE = _state("directory.people", "directory.person.changed.v1", directory.Person)
DIRECTORY_GROUPS = _state("directory.groups", "directory.group.changed.v1", directory.Group)
DIRECTORY_PRIVACY = _state("directory.privacy", "directory.privacy.requested.v1", privacy.PrivacyRequest)
EVENTS_PRIVACY = _privacy_answers("events")
COURSES_PRIVACY = _privacy_answers("courses")
NOTIFY_PRIVACY = _privacy_answers("notify")
PORTAL_PRIVACY = _privacy_answers("portal")
EVENTS_MEETINGS = _state("events.meetings", "events.meeting.changed.v1", events.Meeting)
EVENTS_ATTENDANCE = _state("events.attendance", "events.attendance.changed.v1", events.Attendance)
COURSES_OCCASIONS = _state("courses.occasions", "courses.occasion.changed.v1", courses.Occasion)
COURSES_ENROLMENTS = _state("courses.enrolments", "courses.enrolment.changed.v1", courses.Enrolment)
COURSES_SETTLEMENTS = _state("courses.settlements", "courses.settlement.changed.v1", courses.Settlement)
NOTIFY_DELIVERIES = _state("notify.deliveries", "notify.delivery.changed.v1", notify.Delivery)
NOTIFY_REQUESTS = Topic(
    "notify.requests",
    "notify",
    "notify.notification.requested.v1",
    notify.Request,
    "facts",
    writers=SERVICES,
)

TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        topic.name: topic
        for topic in (
            DIRECTORY_AGENCIES,
            DIRECTORY_PEOPLE,
            DIRECTORY_GROUPS,
            DIRECTORY_PRIVACY,
            EVENTS_PRIVACY,
            COURSES_PRIVACY,
            NOTIFY_PRIVACY,
            PORTAL_PRIVACY,
            EVENTS_MEETINGS,
            EVENTS_ATTENDANCE,
            COURSES_OCCASIONS,
            COURSES_ENROLMENTS,
            COURSES_SETTLEMENTS,
            NOTIFY_REQUESTS,
            NOTIFY_DELIVERIES,
            *(parked_topic(service) for service in SERVICES),
        )
    }
)
