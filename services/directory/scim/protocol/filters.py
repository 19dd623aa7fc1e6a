"""A SCIM filter as a query over the mirror (keys.py): it keeps what ScimFilter.match would keep."""

import re
from datetime import UTC, datetime
from typing import Any

from scim2_models import AttributeBinding, BaseModel, InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from services.directory.scim.protocol.keys import head_of

Query = dict[str, Any]
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NONE: Query = {"$nor": [{}]}
_ALL: Query = {}
_ORDER = {"gt": "$gt", "ge": "$gte", "lt": "$lt", "le": "$lte"}
_PARTS = {"co": "{}", "sw": "^{}", "ew": r"{}\z"}
_NO_TEXT = (bool, int, float, datetime, bytes)
_IS_PRESENT = {"$nin": [None, ""]}


def query(filter_: ScimFilter[Any], model: type[BaseModel]) -> Query:
    """
    Raises:
        InvalidFilterException: it compares what can't be compared.

    """
    bound: ScimFilter[Any] = ScimFilter[model](filter_.ast)  # pyright: ignore[reportInvalidTypeArguments]
    return _Translator(bound).visit(bound.ast)


class _Translator(FilterVisitor[Query]):
    def __init__(self, bound: ScimFilter[Any]) -> None:
        self._bound = bound

    def visit_not(self, node: Not) -> Query:
        return {"$nor": [self.visit(node.expr)]}

    def visit_logical_expr(self, node: LogicalExpr) -> Query:
        word = "$and" if node.op == LogicalOperator.and_ else "$or"
        return {word: [self.visit(term) for term in node.terms]}

    def visit_comparison(self, node: Comparison) -> Query:
        binding = self._resolve(node.attr_path, comparison=True)
        if binding is None:
            return _NONE
        head, sub = head_of(binding), binding.sub_field_name
        if not binding.is_multivalued:
            return _compare(f"{head}.{sub}" if sub else head, node, binding)
        if node.value is None and sub is None:
            # Of a list, no value is null: null is only the list itself that is not there.
            return _compare(head, node, binding)
        return _any_of(head, node, binding)

    def visit_present(self, node: Present) -> Query:
        binding = self._resolve(node.attr_path)
        if binding is None:
            return _NONE
        head, sub = head_of(binding), binding.sub_field_name
        if binding.is_multivalued:
            inner = {sub: _IS_PRESENT} if sub else _present(binding.field_type)
            return {head: {"$elemMatch": inner}}
        if sub:
            return {f"{head}.{sub}": _IS_PRESENT}
        return _present_at(head, binding.field_type)

    def visit_value_path(self, node: ValuePath) -> Query:
        binding = self._resolve(node.attr_path)
        if binding is None:
            return _NONE
        if not _is_complex(binding.field_type):
            raise InvalidFilterException(detail=f"{node.attr_path} holds plain values: compare it as a whole")
        inner = _Inside(self._bound, node.attr_path)
        return {head_of(binding): {"$elemMatch": inner.visit(node.val_filter)}}

    def _resolve(self, path: AttrPath, *, comparison: bool = False) -> AttributeBinding | None:
        resolve = self._bound.resolve_comparison if comparison else self._bound.resolve
        return resolve(path, strict=False)


class _Inside(_Translator):
    """Inside `emails[…]`, where names are those of one entry."""

    def __init__(self, bound: ScimFilter[Any], outer: AttrPath) -> None:
        super().__init__(bound)
        self._outer = outer

    def visit_comparison(self, node: Comparison) -> Query:
        binding = self._entry(node.attr_path)
        return _compare(binding.sub_field_name or "", node, binding) if binding else _NONE

    def visit_present(self, node: Present) -> Query:
        binding = self._entry(node.attr_path)
        return {binding.sub_field_name or "": _IS_PRESENT} if binding else _NONE

    def visit_value_path(self, node: ValuePath) -> Query:
        raise InvalidFilterException(detail=f"{node.attr_path}[…] stands inside another selection")

    def _entry(self, inner: AttrPath) -> AttributeBinding | None:
        if inner.sub_attr or inner.uri:
            return None
        return self._resolve(AttrPath(self._outer.attr, inner.attr, self._outer.uri))


def _any_of(head: str, node: Comparison, binding: AttributeBinding) -> Query:
    """A list matches by any of its values; `ne`, by none being equal."""
    sub = binding.sub_field_name
    negative = node.op == CompareOperator.ne
    positive = Comparison(node.attr_path, CompareOperator.eq, node.value) if negative else node
    if sub:
        found: Query = {head: {"$elemMatch": _compare(sub, positive, binding)}}
        if node.value is None and positive.op == CompareOperator.eq:
            found = {"$or": [{head: None}, found]}
    else:
        found = _compare(head, positive, binding)
    return {"$nor": [found]} if negative else found


def _compare(path: str, node: Comparison, binding: AttributeBinding) -> Query:
    op = node.op.value
    if node.value is None:
        return {"eq": {path: None}, "ne": {path: {"$ne": None}}}.get(op, _NONE)
    if _is_complex(binding.target_type):
        return _ALL if op == "ne" else _NONE
    expected = _within(binding.comparable(coerce_value(binding, node.value, node.op)))
    if op in _PARTS:
        return _containing(path, _PARTS[op], expected) if _holds_text(binding) else _NONE
    if op in _ORDER:
        return {path: {_ORDER[op]: expected}}
    return {path: {"$ne": expected}} if op == "ne" else {path: expected}


def _within(value: Any) -> Any:
    """A time in UTC; at the calendar's ends, an offset leads beyond them."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return _LAST if value.year > 1 else _FIRST


def _containing(path: str, pattern: str, part: Any) -> Query:
    if not isinstance(part, str):
        return _NONE
    if "\0" in part:
        raise InvalidFilterException(detail="A filter can't hold a null character")
    return {path: {"$regex": pattern.format(re.escape(part))}}


def _present_at(path: str, kind: Any) -> Query:
    if not _is_complex(kind):
        return {path: _IS_PRESENT}
    return {"$or": [{f"{path}.{name}": _IS_PRESENT} for name in kind.model_fields]}


def _present(kind: Any) -> Query:
    """One value of a list."""
    if not _is_complex(kind):
        return _IS_PRESENT
    return {"$or": [{name: _IS_PRESENT} for name in kind.model_fields]}


def _is_complex(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _holds_text(binding: AttributeBinding) -> bool:
    kind = binding.target_type
    return not (isinstance(kind, type) and issubclass(kind, _NO_TEXT))
