"""The service's HTTP."""

from services.notify.api import notifications, opening, preferences, tasks, templates

ROUTERS = (notifications.router, preferences.router, opening.router, tasks.router, templates.router)
