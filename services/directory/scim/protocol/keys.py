"""The mirror that filters and sorting look at: every value of a resource in the form it is compared in.

It stands beside the resource itself, whose names hold dots (URNs) and whose strings are as they were
written. Names here are the models' own; an extension's stand under its class's name.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

from scim2_models import AttributeBinding, BaseModel, CaseExact, Extension, default_comparison_key

_OWN = {"id": "_id", "meta": "meta"}
Mirror = dict[str, Any]
Key = Callable[[Any], Any]
_EXACT, _FOLDED = SimpleNamespace(case_exact=True), SimpleNamespace(case_exact=False)


def mirror(resource: BaseModel) -> Mirror:
    kept: Mirror = {}
    for name, key in _plan(type(resource)):
        value = getattr(resource, name, None)
        if value is not None:
            kept[name] = [key(each) for each in value] if isinstance(value, list) else key(value)
    return kept


def head_of(binding: AttributeBinding) -> str:
    """Where an attribute stands; ids and dates are the document's own."""
    if issubclass(binding.model, Extension):
        return f"keys.{binding.model.__name__}.{binding.field_name}"
    return _OWN.get(binding.field_name, f"keys.{binding.field_name}")


@lru_cache(maxsize=256)
def _plan(model: type[BaseModel]) -> tuple[tuple[str, Key], ...]:
    return tuple((name, _key(model, name)) for name in model.model_fields if name != "id")


def _key(model: type[BaseModel], name: str) -> Key:
    kind = model.get_field_root_type(name)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return mirror
    exact = model.get_field_annotation(name, CaseExact) == CaseExact.true
    return partial(_comparable, _EXACT if exact else _FOLDED)


def _comparable(binding: Any, value: Any) -> Any:
    return default_comparison_key(binding, value) if isinstance(value, str) else value
