import random

import pytest

from services.directory.search.engine import Filters, Hit, PersonWords, SearchIndex
from tests.directory.search.people import CAST, index_of, person, vocabulary


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return index_of(*CAST)


def ids(index: SearchIndex, question: str = "", **how: object) -> list[str]:
    return [hit.id for hit in index.search(question, **how).hits]  # pyright: ignore[reportArgumentType]


def test_nothing_is_found_before_commit() -> None:
    index = SearchIndex(vocabulary())
    assert ids(index) == []
    index.put(CAST[:1])
    assert ids(index, "öberg") == []
    index.commit()
    assert ids(index, "öberg") == ["asa"]


def test_a_person_put_again_is_replaced() -> None:
    index = index_of(*CAST)
    index.put([person("asa", "Åsa Nyberg", "csn", "Sundsvall")])
    index.put([person("asa", "Åsa Nygren", "csn", "Sundsvall")])
    index.commit()
    assert "asa" not in ids(index, "öberg")
    assert ids(index, "nygren") == ["asa"]
    assert len(index) == len(CAST)


def test_a_person_removed_is_gone_from_every_question() -> None:
    index = index_of(*CAST)
    index.remove(["asa", "nobody"])
    index.commit()
    assert "asa" not in ids(index, limit=100)
    assert ids(index, "060186000") == []
    assert len(index) == len(CAST) - 1


def test_a_person_removed_and_put_again_in_one_commit_is_found() -> None:
    index = index_of(*CAST)
    index.remove(["asa"])
    index.put(each for each in CAST if each.id == "asa")
    index.commit()
    assert ids(index, "öberg")[0] == "asa"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(agency="spsm"), {"ulla", "per", "lars"}),
        (Filters(role="upphandlare"), {"asa", "pia"}),
        (Filters(role="huvudskyddsombud"), {"bo"}),
        (Filters(specialty="RAMAVTAL"), {"asa"}),
        (Filters(place="ostersund"), {"soren", "nora"}),
        (Filters(group="it-nätverket"), {"soren"}),
        (Filters(agency="csn", place="Eskilstuna"), {"anna", "erik"}),
        (Filters(agency="nowhere"), set()),
        (Filters(agency=""), set()),
    ],
)
def test_filters_narrow(index: SearchIndex, filters: Filters, expected: set[str]) -> None:
    assert set(ids(index, filters=filters)) == expected


def test_filters_and_words_both_hold(index: SearchIndex) -> None:
    assert ids(index, "jurist", filters=Filters(agency="csn")) == ["anna"]


def test_everybody_is_listed_by_the_swedish_alphabet(index: SearchIndex) -> None:
    listed = ids(index, filters=Filters(place="Sundsvall"))
    assert listed == [
        "maria", "maria2", "karin", "gd", "bo", "pia", "anna-karin", "rene", "olle", "katarina",
        "lars", "isik", "asa",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "question"),
    [
        (["Berg", "Yng", "Zorn", "Åberg", "Ärlig", "Öberg"], ""),
        (["Berg", "Yng", "Zorn", "Åberg", "Ärlig", "Öberg"], "jurist"),
        (["Muhr", "Müller", "Myrén", "Mård"], "jurist"),
        (["Vik", "Wik"], "jurist"),
        (["Ek Berg", "Ek-Dahl", "Eka"], "jurist"),
    ],
)
def test_equals_come_by_name(names: list[str], question: str) -> None:
    people = [person(name, f"Bo {name}", "csn", "Sundsvall", roles=("jurist",)) for name in names]
    random.Random(1).shuffle(people)
    assert ids(index_of(*people), question) == names


def test_equals_of_one_name_come_by_given_name_and_id() -> None:
    people = [
        person(number, f"{given} Andersson", "csn", "Sundsvall")
        for given in ("Anna", "Åsa")
        for number in (f"{given}1", f"{given}2")
    ]
    assert ids(index_of(*reversed(people)), "andersson") == ["Anna1", "Anna2", "Åsa1", "Åsa2"]


def test_own_place_comes_first_among_equals_and_own_agency_first_of_those(index: SearchIndex) -> None:
    assert ids(index, "ek", near_place="sundsvall", own_agency="csn")[:3] == ["bo", "pia", "per"]
    assert ids(index, "ek", near_place="Härnösand")[:3] == ["per", "bo", "pia"]


def test_own_place_never_overtakes_a_better_match(index: SearchIndex) -> None:
    assert ids(index, "lind", near_place="Sundsvall") == ["anna", "anna-karin"]
    by_role = person("role", "Bo Ek", "csn", "Kiruna", roles=("ekonom",))
    by_title = person("title", "Bo Ek", "csn", "Sundsvall", title="Ekonom")
    assert ids(index_of(by_title, by_role), "ekonom", near_place="Sundsvall") == ["role", "title"]


def test_what_somebody_does_comes_before_what_they_are_called() -> None:
    named = person("named", "Anna Jurist", "csn", "Sundsvall")
    working = person("working", "Bo Ek", "csn", "Sundsvall", roles=("jurist",))
    special = person("special", "Bo Zorn", "csn", "Sundsvall", specialties=("jurist",))
    seated = person("seated", "Anna Ek", "csn", "Jurist")
    assert ids(index_of(seated, named, special, working), "jurist") == [
        "working",
        "special",
        "named",
        "seated",
    ]


def test_exact_comes_before_prefix_before_implied_before_misspelt() -> None:
    people = [
        person("exact", "Bo Zorn", "csn", "Sundsvall", unit="Budget"),
        person("prefix", "Bo Vik", "csn", "Sundsvall", specialties=("budgetering",)),
        person("implied", "Bo Ek", "csn", "Sundsvall", title="Storbudget"),
        person("misspelt", "Bo Bugdet", "csn", "Sundsvall"),
    ]
    assert ids(index_of(*people), "budget") == ["exact", "prefix", "implied", "misspelt"]
    assert ids(index_of(*people), "bo budget") == ["exact", "prefix", "implied", "misspelt"]


def crowd(size: int) -> list[PersonWords]:
    chance = random.Random(7)
    names = ["Andersson", "Berg", "Dahl", "Ek", "Åberg", "Öst"]
    return [
        person(
            f"{number:08d}",
            f"{chance.choice(['Eva', 'Bo'])} {chance.choice(names)}",
            "csn",
            "Sundsvall",
            roles=("ekonom",),
        )
        for number in range(size)
    ]


@pytest.mark.parametrize("question", ["", "ekonom", "andersson", "eko", "ekonmo", "bo ekonom"])
def test_pages_put_together_are_the_whole_list_in_one_order(question: str) -> None:
    people = crowd(900)
    chance = random.Random(3)
    chance.shuffle(people)
    index = SearchIndex(vocabulary())
    for start in range(0, len(people), 90):  # many segments
        index.put(people[start : start + 90])
        index.commit()
    whole = index.search(question, limit=1000)
    paged: list[Hit] = []
    while True:
        page = index.search(question, limit=37, offset=len(paged))
        paged += page.hits
        if not page.more:
            break
    assert paged == whole.hits
    assert not whole.more
    words = {each.id: each for each in people}
    alphabet = ["Andersson", "Berg", "Dahl", "Ek", "Åberg", "Öst"]
    order = [
        (-hit.score, alphabet.index(words[hit.id].family_name), words[hit.id].given_name, hit.id)
        for hit in whole.hits
    ]
    assert order == sorted(order)


def test_nothing_is_shown_beyond_the_depth(index: SearchIndex) -> None:
    assert index.search("", limit=100, offset=1_000_000).hits == []
