"""HTTP to handlers."""

from services.events.api import calendars, contacts, meetings, participants

ROUTERS = (meetings.router, participants.router, calendars.router, contacts.router)
