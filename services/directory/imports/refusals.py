"""Why the directory says no about imports (docs/problems.md)."""

from shared.errors import Conflict, NotFound, WrongField


class NoSuchImport(NotFound):
    title = "There is no such import"


class OnlyDryRunIsRepeated(Conflict):
    title = "Only a dry run can be repeated: it alone keeps its file"


class DryRunIsNotDone(Conflict):
    title = "The dry run is not done yet"


class FileIsNotKept(Conflict):
    title = "The file is no longer kept"


class MappingIsNotJson(WrongField):
    title = "Is not JSON"


class MappingIsNotObject(WrongField):
    title = "Is an object of headings, each with a field's name or null"
    takes = ("most",)


class HeadingIsTooLong(WrongField):
    title = "Has a heading that is too long"
    takes = ("most",)


class MappingHasNoSuchField(WrongField):
    title = "Has fields that there are none of"


class FileIsTooWide(WrongField):
    title = "Is wider than what can be read"
