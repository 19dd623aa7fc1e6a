"""What the directory follows."""

from services.directory.handlers import lone, peers, staff
from shared.consumer import Subscription

SUBSCRIPTIONS = (
    Subscription(None, staff.on_staff_records),
    Subscription.keeping(lone.MEETINGS, lone.on_meetings_changed),
    Subscription.keeping(peers.ATTENDANCE, peers.on_attendance_changed),
    Subscription.keeping(lone.OCCASIONS, lone.on_occasions_changed),
)
