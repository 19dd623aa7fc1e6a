"""Why the directory says no about keeping people right (docs/problems.md)."""

from shared.errors import Conflict, NotFound, WrongField


class TooManyCorrections(Conflict):
    title = "There are many corrections about this person waiting already"


class NoSuchCorrection(NotFound):
    title = "There is no such correction"


class CorrectionIsDecided(Conflict):
    title = "This correction has been decided"


class ChangeNamesField(WrongField):
    title = "A change names its field, and nothing else does"
