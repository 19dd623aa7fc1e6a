"""Why the directory says no about questions (docs/problems.md)."""

from shared.errors import Conflict, Forbidden, NotFound, WrongField


class TooManyQuestions(Conflict):
    title = "You have as many open questions as you can have"
    takes = ("most",)


class NoNameToAskUnder(Conflict):
    title = "You have neither a name nor a shared mailbox to ask under"


class QuestionIsClosed(Conflict):
    title = "The question is closed"


class QuestionIsOwn(Conflict):
    title = "Your own question is for others to answer"


class AnswererIsProtected(Conflict):
    title = "An answer carries a name, and yours is protected"


class QuestionIsFull(Conflict):
    title = "The question has all the answers that it can hold"


class NoSuchQuestion(NotFound):
    title = "There is no such question"


class NoSuchAnswer(NotFound):
    title = "There is no such answer"


class QuestionsAreForPeople(Forbidden):
    title = "A system has no questions of its own"


class IsForAsker(Forbidden):
    title = "Only who asked, or their agency, may do this"


class OverviewIsForThePerson(Forbidden):
    title = "This is for the person themselves"


class NobodyCanAnswer(WrongField):
    title = "Say a role or a specialty that can answer"


class GroupIsUnknown(WrongField):
    title = "There is no such group"
