"""Every query of the service, and its indexes."""

from services.notify.store import notifications, people, rates, wrong_addresses
from shared.mongo import Indexes

INDEXES: Indexes = {**notifications.INDEXES, **people.INDEXES, **rates.INDEXES, **wrong_addresses.INDEXES}
