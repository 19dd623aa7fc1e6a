"""What can be wrong with any field; what only one service says stands in that service's `refusals.py`."""

from shared.errors import WrongField


class IsMissing(WrongField):
    title = "Is missing"


class IsNotKnown(WrongField):
    title = "Is not known here"


class IsEmpty(WrongField):
    title = "Must not be empty"


class IsBlank(WrongField):
    title = "Is blank"


class IsNull(WrongField):
    title = "Can't be null"


class HasUnfitCharacter(WrongField):
    title = "Has a character that is not allowed"
    takes = ("character",)


class HasUnfitForm(WrongField):
    title = "Has characters or a form that are not allowed"


class IsTooLong(WrongField):
    title = "Has too many characters"
    takes = ("most",)


class IsTooShort(WrongField):
    title = "Has too few characters"
    takes = ("least",)


class HasTooManyValues(WrongField):
    title = "Has too many values"
    takes = ("most",)


class HasTooFewValues(WrongField):
    title = "Has too few values"
    takes = ("least",)


class IsNotText(WrongField):
    title = "Must be text"


class IsNotBoolean(WrongField):
    title = "Must be true or false"


class IsNotWholeNumber(WrongField):
    title = "Must be a whole number"


class IsNotNumber(WrongField):
    title = "Must be a number"


class IsTooSmall(WrongField):
    title = "Must be at least a limit"
    takes = ("least",)


class IsTooLarge(WrongField):
    title = "Must be at most a limit"
    takes = ("most",)


class IsNotAbove(WrongField):
    title = "Must be more than a limit"
    takes = ("limit",)


class IsNotBelow(WrongField):
    title = "Must be less than a limit"
    takes = ("limit",)


class IsNotOneOf(WrongField):
    title = "Must be one of the values that are listed"
    takes = ("expected",)


class IsNotList(WrongField):
    title = "Must be a list"


class IsNotObject(WrongField):
    title = "Must be an object"


class IsNotDay(WrongField):
    title = "Must be a day, such as 2026-11-25"


class IsNotInstant(WrongField):
    title = "Must be a time with its zone, such as 2026-11-25T09:00:00Z"


class IsOutsideCalendar(WrongField):
    title = "Must be between the years 1900 and 9990"


class HasNoAddressForm(WrongField):
    title = "Is no e-mail address"


class HasUnfitLettersBeforeAt(WrongField):
    title = "Has characters before the @ that mail servers do not take"


class HasNoAddressBeforeAt(WrongField):
    title = "Is no e-mail address before the @"


class HasUnfitDomain(WrongField):
    title = "Has a domain that mail can't be sent to"


class DoesNotFit(WrongField):
    title = "Has a value that does not fit"
