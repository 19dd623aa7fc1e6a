"""Every query of the courses service, and the indexes they use."""

from services.courses.store import courses, enrolments, occasions, people, settlements, sweeps
from shared.mongo import Indexes

INDEXES: Indexes = {
    **courses.INDEXES,
    **occasions.INDEXES,
    **enrolments.INDEXES,
    **people.INDEXES,
    **settlements.INDEXES,
    **sweeps.INDEXES,
}
