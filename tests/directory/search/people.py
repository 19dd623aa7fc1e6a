"""The cast: small enough to know by heart, with every trap of Swedish names in it."""

from functools import cache
from typing import Any

from services.directory.search.engine import PersonWords, SearchIndex, Vocabulary
from services.directory.vocabulary import ROLES

AGENCIES = {
    "csn": ("CSN", "Centrala studiestödsnämnden", "Swedish Board of Student Finance"),
    "bolagsverket": ("Bolagsverket", "Swedish Companies Registration Office"),
    "tullverket": ("Tullverket", "Swedish Customs"),
    "mittuniversitetet": ("Mittuniversitetet", "Mid Sweden University"),
    "spsm": ("SPSM", "Specialpedagogiska skolmyndigheten"),
}


def person(id: str, name: str, agency: str, place: str, **more: Any) -> PersonWords:  # noqa: A002
    given, _, family = name.partition(" ")
    return PersonWords(
        id=id,
        agency=agency,
        agency_names=AGENCIES.get(agency, ()),
        given_name=given,
        family_name=family,
        place=place,
        version=1,
        **more,
    )


CAST = (
    person("asa", "Åsa Öberg", "csn", "Sundsvall", title="Upphandlare", roles=("upphandlare",),
           specialties=("ramavtal", "LOU"), unit="Verksamhetsstöd", phone="060-18 60 00", email="asa.oberg@csn.example"),
    person("olle", "Olle Oberg", "tullverket", "Sundsvall", title="Tulltjänsteman", phone="+46 70 123 45 67"),
    person("anna-karin", "Anna-Karin Lindström", "bolagsverket", "Sundsvall", title="HR-specialist",
           roles=("hr-specialist",), specialties=("rekrytering", "lönebildning"), phone="070-765 43 21"),
    person("anna", "Anna Lind", "csn", "Eskilstuna", title="Jurist", roles=("jurist",), specialties=("dataskydd",),
           phone="016-544 20 00", email="anna.lind@csn.example"),
    person("hans", "Hans Hård", "tullverket", "Stockholm", title="Ekonom", roles=("ekonom",), specialties=("budget",)),
    person("harald", "Harald Härd", "tullverket", "Stockholm", title="Ekonom", roles=("ekonom",)),
    person("hilda", "Hilda Hard", "tullverket", "Stockholm", title="Controller", roles=("ekonom",)),
    person("soren", "Søren Sørensen", "mittuniversitetet", "Östersund", title="IT-arkitekt", roles=("it-arkitekt",),
           specialties=("integration",), groups=("it-nätverket",)),
    person("isik", "Işıl Yılmaz", "mittuniversitetet", "Sundsvall", title="Kommunikatör", roles=("kommunikator",),
           specialties=("klarspråk", "tillgänglighet")),
    person("rene", "René Müller", "bolagsverket", "Sundsvall", title="Registrator", roles=("registrator",),
           specialties=("gallring", "e-arkiv")),
    person("ulla", "Ulla Upphandlarsson", "spsm", "Härnösand", title="Specialpedagog", unit="Region norr"),
    person("per", "Per Ek", "spsm", "Härnösand", title="Upphandlingsjurist", roles=("jurist",),
           specialties=("avtalsrätt",)),
    person("pia", "Pia Ek", "bolagsverket", "Sundsvall", title="Upphandlare", roles=("upphandlare",),
           specialties=("direktupphandling",), ask_me_about=("elcyklar", "förmånsbil")),
    person("bo", "Bo Ek", "csn", "Sundsvall", title="Utredare", roles=("utredare",), assignments=("huvudskyddsombud",),
           specialties=("riskanalys",)),
    person("gd", "Gunilla Dahl", "csn", "Sundsvall", title="Generaldirektör", roles=("generaldirektor",)),
    person("karin", "Karin Berg", "bolagsverket", "Sundsvall", title="Enhetschef", roles=("chef",),
           unit="Enheten för ekonomi"),
    person("katarina", "Katarina Sjöberg", "tullverket", "Sundsvall", title="Löneadministratör",
           roles=("administrator",), specialties=("resor",)),
    person("maria", "Maria Andersson", "csn", "Sundsvall", title="Handläggare", unit="Studiestöd"),
    person("maria2", "Maria Andersson", "tullverket", "Sundsvall", title="Handläggare", unit="Tullkontroll"),
    person("erik", "Erik Östlund", "csn", "Eskilstuna", title="Dataskyddsombud", assignments=("dataskyddsombud",)),
    person("lars", "Lars-Åke von Essen", "spsm", "Sundsvall", title="Informationssäkerhetssamordnare",
           roles=("informationssakerhetssamordnare",), specialties=("informationsklassning",)),
    person("nora", "Nora Åkerlund", "mittuniversitetet", "Östersund", title="Utbildningsledare",
           roles=("utbildningsledare",), specialties=("pedagogik", "introduktion")),
)  # fmt: skip


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(role.model_dump() for role in ROLES.values())


def index_of(*people: PersonWords) -> SearchIndex:
    index = SearchIndex(vocabulary())
    index.put(people)
    index.commit()
    return index
