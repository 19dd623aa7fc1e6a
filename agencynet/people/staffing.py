"""How many work at each agency, and as what."""

from __future__ import annotations

from collections.abc import Mapping

# Agency to how many it lets the network know of.
SIZES: Mapping[str, int] = {
    "forsakringskassan": 320,
    "csn": 210,
    "mittuniversitetet": 170,
    "msb": 140,
    "lansstyrelsen-vasternorrland": 110,
    "spsm": 70,
    "tullverket": 70,
    "spv": 60,
    "bolagsverket": 50,
}
# Role to how many of a thousand hold it. The rest are case officers under a title of their own.
_SHARES: Mapping[str, int] = {
    "utredare": 110,
    "administrator": 90,
    "hr-specialist": 45,
    "jurist": 60,
    "registrator": 40,
    "kommunikator": 40,
    "ekonom": 50,
    "it-arkitekt": 35,
    "utbildningsledare": 25,
    "chef": 80,
}
# The few, counted: who is alone in a role is why the network exists.
_COUNTED: Mapping[str, Mapping[str, int]] = {
    "forsakringskassan": {"upphandlare": 9, "informationssakerhetssamordnare": 4},
    "csn": {"upphandlare": 5, "informationssakerhetssamordnare": 2},
    "mittuniversitetet": {"upphandlare": 4, "informationssakerhetssamordnare": 2},
    "msb": {"upphandlare": 6, "informationssakerhetssamordnare": 5},
    "lansstyrelsen-vasternorrland": {"upphandlare": 2, "informationssakerhetssamordnare": 1},
    "spsm": {"upphandlare": 2, "informationssakerhetssamordnare": 1, "it-arkitekt": 1},
    "tullverket": {"upphandlare": 5, "informationssakerhetssamordnare": 2},
    "spv": {"upphandlare": 3, "informationssakerhetssamordnare": 1, "kommunikator": 1},
    "bolagsverket": {"upphandlare": 1, "informationssakerhetssamordnare": 1, "utbildningsledare": 1},
}
# Held beside a role: the same at every agency.
ASSIGNMENTS: Mapping[str, int] = {"huvudskyddsombud": 2, "dataskyddsombud": 1}

# As the agencies' systems really write them; what is not here is taken from the list of roles.
TITLES: Mapping[str, tuple[str, ...]] = {
    "upphandlare": ("Inköpare", "Upphandlare", "Upphandlingsansvarig"),
    "hr-specialist": ("HR-partner", "HR-specialist", "Rekryterare", "Personalhandläggare"),
    "jurist": ("Verksjurist", "Jurist", "Myndighetsjurist"),
    "administrator": ("Administratör", "Assistent", "Nämndsekreterare"),
    "registrator": ("Registrator", "Arkivarie", "Dokumenthanterare"),
    "kommunikator": ("Kommunikatör", "Webbredaktör", "Pressansvarig", "Informatör"),
    "ekonom": ("Ekonom", "Controller", "Ekonomihandläggare", "Redovisningsansvarig"),
    "it-arkitekt": ("IT-arkitekt", "Lösningsarkitekt", "Enterprisearkitekt"),
    "informationssakerhetssamordnare": ("Informationssäkerhetssamordnare", "Informationssäkerhetsansvarig"),
    "utbildningsledare": ("Utbildningsledare", "Kursansvarig", "Kompetensutvecklare"),
    "chef": ("Enhetschef", "Gruppchef", "Avdelningschef"),
    "utredare": ("Utredare", "Analytiker"),
    "generaldirektor": ("Generaldirektör",),
}
# Words that are no role of the network's: a coordinator may map them one day.
OTHER_TITLES = ("Handläggare", "Handläggare kundservice", "Systemförvaltare", "Testledare", "Projektledare")
UNITS: Mapping[str, str] = {
    "upphandlare": "Ekonomi och inköp",
    "ekonom": "Ekonomi och inköp",
    "administrator": "Administration",
    "registrator": "Administration",
    "jurist": "Juridik",
    "hr-specialist": "HR",
    "utbildningsledare": "HR",
    "kommunikator": "Kommunikation",
    "it-arkitekt": "IT",
    "informationssakerhetssamordnare": "IT",
    "utredare": "Analys",
    "generaldirektor": "Ledning",
}
ANY_UNIT = ("Verksamhet", "Kundservice", "Administration", "IT", "HR")


def roles_of(agency: str) -> list[str]:
    """Everybody's role at the agency, the few first; "" for those without one."""
    counted = {"generaldirektor": 1, **_COUNTED[agency]}
    size = SIZES[agency]
    shared = {role: max(2, round(size * share / 1_000)) for role, share in _SHARES.items()}
    roles = [role for role, count in (shared | counted).items() for _ in range(count)]
    few = sorted(roles, key=lambda role: (role not in counted, role))
    return few + [""] * (size - len(few))
