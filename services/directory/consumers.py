"""What the directory follows."""

from services.directory.handlers import lone, peers, staff
from shared.consumer import Subscription
from shared.contracts.topics import COURSES_OCCASIONS, EVENTS_ATTENDANCE, EVENTS_MEETINGS

SUBSCRIPTIONS = (
    Subscription(None, staff.on_staff_records),
    Subscription(EVENTS_MEETINGS, lone.on_meetings_changed, lone.MEETINGS),
    Subscription(EVENTS_ATTENDANCE, peers.on_attendance_changed, peers.ATTENDANCE),
    Subscription(COURSES_OCCASIONS, lone.on_occasions_changed, lone.OCCASIONS),
)
