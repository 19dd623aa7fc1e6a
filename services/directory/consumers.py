"""What the directory follows."""

from services.directory.intake.handlers import staff
from services.directory.peers.handlers import lone, peers
from services.directory.privacy.handlers import privacy
from shared.consuming.subscriptions import Subscription
from shared.contracts.topics import COURSES_PRIVACY, EVENTS_PRIVACY, NOTIFY_PRIVACY, PORTAL_PRIVACY

SUBSCRIPTIONS = (
    Subscription(None, staff.on_staff_records, salvage=staff.salvage),
    Subscription.keeping(lone.MEETINGS, lone.on_meetings_changed),
    Subscription.keeping(peers.ATTENDANCE, peers.on_attendance_changed),
    Subscription.keeping(lone.OCCASIONS, lone.on_occasions_changed),
    *(
        Subscription(topic, privacy.on_answers)
        for topic in (EVENTS_PRIVACY, COURSES_PRIVACY, NOTIFY_PRIVACY, PORTAL_PRIVACY)
    ),
)
