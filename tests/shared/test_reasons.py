"""No answer quotes the library that found what is wrong."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from shared.web.fields import Body, Day, Instant
from shared.web.reasons import reason, wrong_field


class _Sent(Body):
    title: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    seats: Annotated[int, Field(ge=1, le=9)] = 1
    open: bool = True
    kind: Literal["one", "two"] = "one"
    tags: Annotated[tuple[str, ...], Field(strict=False, max_length=1)] = ()
    day: Day | None = None
    at: Instant | None = None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("title", 1, "must be text"),
        ("title", "", "must not be empty"),
        ("title", "abcd", "must have at most 3 characters"),
        ("seats", "1", "must be a whole number"),
        ("seats", 10**30, "must be at most 9"),
        ("seats", 0, "must be at least 1"),
        ("open", "ja", "must be true or false"),
        ("kind", "three", "must be 'one' or 'two'"),
        ("tags", ["a", "b"], "must have at most 1 values"),
        ("other", 1, "is not known here"),
        ("day", "2026-02-30", "must be a day, such as 2026-11-25"),
        ("day", "0000-01-01", "must be a day, such as 2026-11-25"),
        ("at", "2026-01-01T00:00:00", "must be a time with its zone, such as 2026-11-25T09:00:00Z"),
        ("at", "9999-12-31T23:59:59Z", "must be between the years 1900 and 9990"),
        ("at", "9999-12-31T23:59:59-12:00", "must be between the years 1900 and 9990"),
        ("at", "0001-01-01T00:00:00+14:00", "must be between the years 1900 and 9990"),
    ],
)
def test_each_reason_is_plain(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Sent.model_validate({name: value})
    assert {reason(each) for each in refused.value.errors()} == {said}
    assert all(wrong_field(each).code for each in refused.value.errors())


def test_an_instant_that_is_within_reach_is_taken() -> None:
    assert _Sent.model_validate({"at": "2026-11-25T09:00:00+01:00"}).at == datetime.fromisoformat(
        "2026-11-25T08:00:00Z"
    )
