"""The service's HTTP."""

from services.notify.api import notifications, preferences, templates

ROUTERS = (notifications.router, preferences.router, templates.router)
