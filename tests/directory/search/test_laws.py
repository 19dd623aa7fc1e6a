"""What holds for any people and any question."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.directory.search.engine import PersonWords, SearchIndex
from services.directory.search.engine.explain import Explainer
from services.directory.search.engine.question import MOST_WORDS, words
from services.directory.search.engine.ranking import UNITS
from services.directory.search.engine.retrieval import STAGE
from tests.directory.search.people import CAST, vocabulary

letters = st.text(alphabet="abdeklnorståäöéüøı-' ", min_size=1, max_size=14)
anything = st.text(max_size=20)
people = st.builds(
    PersonWords,
    id=st.uuids().map(str),
    agency=st.sampled_from(["csn", "bolagsverket"]),
    given_name=letters | anything,
    family_name=letters | anything,
    title=letters | anything | st.sampled_from(["Upphandlingsjurist", "HR-partner", "Legal counsel"]),
    roles=st.lists(st.sampled_from(["upphandlare", "jurist", "hr-specialist", "okänd roll"]), max_size=2).map(tuple),
    specialties=st.lists(letters | anything, max_size=2).map(tuple),
    place=letters | st.sampled_from(["Sundsvall", "Östersund"]),
    unit=anything,
    phone=st.from_regex(r"\+?[0-9]{2,3}[- ][0-9 ]{5,8}", fullmatch=True) | anything,
    email=st.emails() | st.just(""),
    ask_me_about=st.lists(letters, max_size=1).map(tuple),
)  # fmt: skip
slow_but_sure = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def index_with(person: PersonWords) -> SearchIndex:
    index = SearchIndex(vocabulary())
    index.put([*CAST, person])
    index.commit()
    return index


@slow_but_sure
@given(people, st.data())
def test_a_persons_own_words_find_them(person: PersonWords, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(["given_name", "family_name", "title", "place", "unit", "email"]))
    question = getattr(person, field)
    if 0 < len(words(question)) < MOST_WORDS:
        assert person.id in [hit.id for hit in index_with(person).search(question, limit=100).hits]


@slow_but_sure
@given(
    people,
    anything | letters | st.sampled_from(["upphandlare ramavtal", "anna lindstöm", "hård", "jurister"]),
)
def test_every_hit_is_explained_by_the_level_that_ranked_it(person: PersonWords, question: str) -> None:
    index = index_with(person)
    everybody = {each.id: each for each in (*CAST, person)}
    asked = words(question)
    explainer = Explainer(asked, vocabulary())
    for hit in index.search(question, limit=100).hits:
        explained = explainer.explain(everybody[hit.id])
        assert hit.matched == explained.fields
        if asked:
            assert hit.matched
            assert hit.score % STAGE // UNITS == explained.level


@slow_but_sure
@given(people, letters)
def test_asking_twice_gives_one_answer(person: PersonWords, question: str) -> None:
    index = index_with(person)
    assert index.search(question) == index.search(question)
