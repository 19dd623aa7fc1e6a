"""HTTP to handlers."""

from services.events.api import calendars, meetings, participants

ROUTERS = (meetings.router, participants.router, calendars.router)
