"""The order of a search, as steps of an aggregation (RFC 7644 §3.4.2.3)."""

from collections.abc import Mapping
from typing import Any

from scim2_models import AttributeBinding, BaseModel, SearchRequest

from services.directory.scim.protocol.keys import head_of

Step = dict[str, Any]


def steps(request: SearchRequest[Any], models: Mapping[str, type[BaseModel]]) -> list[Step]:
    """`models` by the kind that documents have. Descending is the ascending order turned round, so missing
    values come first; the id decides among equals.
    """
    if request.sort_by is None:
        return [{"$sort": {"kind": 1, "_id": 1}}]
    values = {kind: _value(request.sort_binding(model)) for kind, model in models.items()}
    branches = [
        {"case": {"$eq": ["$kind", kind]}, "then": value}
        for kind, value in values.items()
        if value is not None
    ]
    value: Any = {"$switch": {"branches": branches, "default": None}} if branches else None
    way = -1 if request.sort_order == SearchRequest.SortOrder.descending else 1
    return [
        {"$set": {"by": {"$ifNull": [value, None]}}},
        {"$set": {"without": {"$eq": ["$by", None]}}},
        {"$sort": {"without": way, "by": way, "_id": way}},
        {"$unset": ["by", "without"]},
    ]


def _value(binding: AttributeBinding | None) -> Any:
    if binding is None:
        return None
    head, sub = f"${head_of(binding)}", binding.sub_field_name
    if not binding.is_multivalued:
        return f"{head}.{sub}" if sub else head
    entries = {"$ifNull": [head, []]}
    primary = {"$filter": {"input": entries, "cond": {"$eq": ["$$this.primary", True]}}}
    first = {"$first": {"$concatArrays": [primary, entries]}}
    return {"$getField": {"field": sub, "input": first}} if sub else first
