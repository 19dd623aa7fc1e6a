"""HTTP of the courses service."""

from services.courses.api import courses, enrolments, money, occasions

ROUTERS = (courses.router, occasions.router, enrolments.router, money.router)
