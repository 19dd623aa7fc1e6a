"""D10: a filter that is a query finds what the library's own evaluator would keep, whatever is asked."""

from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as within
from hypothesis import strategies as st
from scim2_models import Context, ScimFilter, SearchRequest
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, Not, Present, ValuePath

from services.directory.scim.protocol import filters, sorting
from services.directory.scim.protocol.keys import mirror
from services.directory.scim.protocol.provider import PROVIDER
from shared.mongo import Mongo
from shared.settings import ServiceSettings
from tests.directory.scim.idp import ENTERPRISE, NETWORK

USER = PROVIDER.model_for("User")
TEXTS = st.sampled_from(
    ["", "a", "A", "Å", "å", "ab", "ba", "a.b", "%", "^a$", "ß", "é", "e\u0301", "\n", "work"]
)
ADDRESSES = st.sampled_from(["a@x.se", "A@x.se", "b@y.se"])


def _maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


EMAILS = st.lists(_maybe(value=ADDRESSES, type=TEXTS, primary=st.booleans(), display=TEXTS), max_size=3)
USERS = st.lists(
    _maybe(
        userName=TEXTS,
        title=TEXTS,
        active=st.booleans(),
        name=_maybe(givenName=TEXTS, familyName=TEXTS),
        emails=EMAILS,
        roles=st.lists(_maybe(value=TEXTS, type=TEXTS), max_size=2),
        **{ENTERPRISE: _maybe(employeeNumber=TEXTS), NETWORK: _maybe(protected=st.booleans())},
    ),
    min_size=1,
    max_size=6,
)
PATHS = st.sampled_from(
    [
        AttrPath("userName"),
        AttrPath("title"),
        AttrPath("name", "familyName"),
        AttrPath("roles"),
        AttrPath("roles", "type"),
        AttrPath("emails", "type"),
        AttrPath("emails", "display"),
        AttrPath("employeeNumber", uri=ENTERPRISE),
        AttrPath("schemas"),
    ]
)
YES_OR_NO = st.sampled_from(
    [AttrPath("active"), AttrPath("emails", "primary"), AttrPath("protected", uri=NETWORK)]
)
OPERATORS = st.sampled_from(CompareOperator)
EQUAL = st.sampled_from([CompareOperator.eq, CompareOperator.ne])
TEXT_TERMS = st.builds(Comparison, PATHS, OPERATORS, TEXTS | st.none())
TERMS = (
    TEXT_TERMS
    | st.builds(Comparison, YES_OR_NO, EQUAL, st.booleans() | st.none())
    | st.builds(Present, PATHS | YES_OR_NO | st.sampled_from([AttrPath("name"), AttrPath("emails")]))
)
INSIDE = st.recursive(
    st.builds(Comparison, st.sampled_from([AttrPath("type"), AttrPath("display")]), OPERATORS, TEXTS)
    | st.builds(Present, st.sampled_from([AttrPath("type"), AttrPath("value"), AttrPath("primary")])),
    lambda inner: st.builds(Not, inner) | st.builds(lambda a, b: a & b, inner, inner),
    max_leaves=3,
)
FILTERS: st.SearchStrategy[FilterNode] = st.recursive(
    TERMS | st.builds(ValuePath, st.just(AttrPath("emails")), INSIDE),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda a, b: a & b, inner, inner)
        | st.builds(lambda a, b: a | b, inner, inner)
    ),
    max_leaves=4,
)
SORTS = st.sampled_from(["userName", "title", "name.familyName", "emails", "emails.type", "active", "roles"])


async def test_every_filter_and_every_order_is_the_librarys_own(settings: ServiceSettings) -> None:
    mongo = Mongo(settings, "directory")
    await mongo.prepare({"filters": []})

    async def agree(users: list[dict[str, Any]], asked: FilterNode, by: str, way: str) -> None:
        resources = [
            USER.model_validate({**user, "id": str(n)}, scim_ctx=Context.DEFAULT)
            for n, user in enumerate(users)
        ]
        await mongo.db.filters.delete_many({"_id": {"$gt": ""}})
        documents = [{"_id": each.id, "kind": "User", "keys": mirror(each)} for each in resources]
        await mongo.db.filters.insert_many(documents)
        kept = ScimFilter[USER](asked)
        request = SearchRequest[USER](sort_by=by, sort_order=way)
        steps = [
            {"$match": {"_id": {"$gt": ""}, "$and": [filters.query(kept, USER)]}},
            *sorting.steps(request, {"User": USER}),
        ]
        found = [each["_id"] for each in await mongo.db.filters.aggregate(steps).to_list(None)]
        expected = request.sort([each for each in resources if kept.match(each)])
        by_id = {each.id: each for each in resources}
        assert sorted(found) == sorted(each.id for each in expected), str(asked)
        assert [request.sort_value(by_id[id_]) for id_ in found] == [
            request.sort_value(each) for each in expected
        ]

    try:
        for users, asked, by, way in _cases():
            await agree(users, asked, by, way)
    finally:
        mongo.close()


def _cases() -> list[tuple[list[dict[str, Any]], FilterNode, str, str]]:
    """Drawn beforehand: Hypothesis runs in a thread of no event loop."""
    drawn: list[Any] = []

    @within(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(USERS, FILTERS, SORTS, st.sampled_from(["ascending", "descending"]))
    def draw(users: Any, asked: Any, by: str, way: str) -> None:
        drawn.append((users, asked, by, way))

    draw()
    return drawn
