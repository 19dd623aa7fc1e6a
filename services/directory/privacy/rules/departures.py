"""What an agency gets back when it leaves."""

from collections.abc import Collection, Mapping
from typing import Any

_README = """\
Myndighetsnätverket: all er data
================================
Det här är allt som nätverket har om er myndighet, innan det tas bort. Varje fil med ändelsen
.jsonl har en post per rad, i JSON (UTF-8); en tom fil betyder att det inte fanns något. Tider är
i UTC. Personer nämns med id: sök id:t i people.jsonl (fältet _id), där står namnet och ert eget
anställningsnummer (employee_id).

agency.json            myndigheten som nätverket kände den
staff_records.jsonl    era personalposter, så som ert system skickade dem
people.jsonl           personerna, sammanförda av posterna och det de själva skrev (fältet own)
held_leaves.jsonl      besked om att någon slutat, som ni inte hade sagt ja till
history.jsonl          ändringar av profilerna
corrections.jsonl      rättelser som någon föreslog om era personer, och vad ni svarade
edit_digests.jsonl     besked om ändringar som var på väg till era personer
confirmations.jsonl    när era personer tillfrågas om profilen stämmer
due.jsonl              det som ska hända senare med era personer, som att en roll börjar
groups.jsonl           grupper som ni var med i, med era medlemmar
group_decisions.jsonl  beslut som era personer skrev ner
questions.jsonl        frågor som era personer ställde
answers.jsonl          svar som era personer gav
practices.jsonl        era arbetssätt
role_mappings.jsonl    era egna ord för roller
scim_resources.jsonl   användarna från er identitetstjänst
scim_groups.jsonl      grupperna från er identitetstjänst
import_faults.jsonl    fel på rader i filer som ni läste in
attendance.jsonl       vilka möten era personer var med på
lone_cards.jsonl       vilka som har fått kortet "du är inte ensam"
audit.jsonl            granskningsloggen: vem som gjorde eller läste vad hos er, det senaste först
{sv}
Filerna har även med personer med skyddade personuppgifter. Hantera dem därefter.


The Agency Network: all your data
=================================
This is all that the network holds on your agency, before it is taken away. Each file ending in
.jsonl has one record a line, in JSON (UTF-8); an empty file means that there was nothing. Times
are in UTC. People are told by id: look it up in people.jsonl (the field _id), which has the name
and your own number of the employee (employee_id).

agency.json            the agency as the network knew it
staff_records.jsonl    your staff records, as your system sent them
people.jsonl           the people, merged from the records and from what they wrote (the field own)
held_leaves.jsonl      leavings that you had not said yes to
history.jsonl          changes of the profiles
corrections.jsonl      corrections that somebody proposed of your people, and what you answered
edit_digests.jsonl     news of edits that were on their way to your people
confirmations.jsonl    when your people are asked whether their profile is right
due.jsonl              what is due later about your people, such as a role that begins
groups.jsonl           groups that you were in, with your members
group_decisions.jsonl  decisions that your people noted
questions.jsonl        questions that your people asked
answers.jsonl          answers that your people gave
practices.jsonl        your practices
role_mappings.jsonl    your own words for roles
scim_resources.jsonl   the users of your identity provider
scim_groups.jsonl      the groups of your identity provider
import_faults.jsonl    what was wrong with rows in files that you imported
attendance.jsonl       which meetings your people took part in
lone_cards.jsonl       who has had the card "you are not alone"
audit.jsonl            the audit: who did or read what with you, the latest first
{en}
The files hold people with protected identity, too. Handle them accordingly.
"""


def readme(elsewhere: Mapping[str, tuple[str, str]]) -> str:
    """`elsewhere` are files of what other services held, each with what it is in Swedish and in English."""
    sv = "".join(f"{name} {said}\n" for name, (said, _) in sorted(elsewhere.items()))
    en = "".join(f"{name} {said}\n" for name, (_, said) in sorted(elsewhere.items()))
    return _README.format(sv=f"\n{sv}" if sv else "", en=f"\n{en}" if en else "")


def emptied(agency: Mapping[str, Any]) -> dict[str, Any]:
    """Of an agency that has left its slug stays, so that old tokens and records find nobody."""
    return {
        name: type(value)() if isinstance(value, str | list | dict) else None
        for name, value in agency.items()
    }


def own_part(record_class: str, row: Mapping[str, Any], own: Collection[str]) -> dict[str, Any]:
    """The row without what is other agencies': a group's other members, whom a question was sent to."""
    if record_class == "groups":
        members = {name: [id_ for id_ in row[name] if id_ in own] for name in ("members", "withheld")}
        return {**row, **members}
    if record_class == "people":
        return {name: value for name, value in row.items() if name != "record"}
    return {name: value for name, value in row.items() if (record_class, name) != ("questions", "asked")}
