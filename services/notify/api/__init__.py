"""The service's HTTP."""

from services.notify.api import notifications, opening, preferences, templates

ROUTERS = (notifications.router, preferences.router, opening.router, templates.router)
