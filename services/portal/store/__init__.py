"""What the portal keeps: sessions, links, and copies of whom may sign in."""

from services.portal.store import links, logins, people, sessions
from shared.mongo import Indexes
from shared.service import merge

INDEXES: Indexes = merge(people.INDEXES, links.INDEXES, logins.INDEXES, sessions.INDEXES)
