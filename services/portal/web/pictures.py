"""Where the parts of pictures go, which the templates draw; and QR codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import NamedTuple

import segno
from markupsafe import Markup

from services.portal.web.tables import Table

_MIDDLE, _RADIUS = 300, 235
_WIDTH, _HEIGHT, _FOOT = 600, 240, 40
_THINNEST, _THICKEST = 2.0, 16.0


class Node(NamedTuple):
    number: int
    name: str
    x: float
    y: float


class Line(NamedTuple):
    x1: float
    y1: float
    x2: float
    y2: float
    width: float


@dataclass(frozen=True, slots=True)
class Circle:
    """Who meets whom: agencies in a circle, each with its number, and lines as thick as they meet often."""

    nodes: Sequence[Node]
    lines: Sequence[Line]


def circle(names: Sequence[str], table: Table) -> Circle:
    """`table` has two names and the number of meetings in each row."""
    nodes = {
        name: Node(
            number,
            name,
            round(_MIDDLE + _RADIUS * sin(2 * pi * (number - 1) / len(names)), 1),
            round(_MIDDLE - _RADIUS * cos(2 * pi * (number - 1) / len(names)), 1),
        )
        for number, name in enumerate(names, start=1)
    }
    most = max((row[2] for row in table.rows if isinstance(row[2], int)), default=1)
    lines = [
        Line(a.x, a.y, b.x, b.y, round(_THINNEST + (_THICKEST - _THINNEST) * count / most, 1))
        for one, other, count, *_ in table.rows
        if isinstance(count, int) and (a := nodes.get(str(one))) and (b := nodes.get(str(other)))
    ]
    # The thin ones on top, where they can be seen.
    return Circle(list(nodes.values()), sorted(lines, key=lambda line: -line.width))


class Column(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    label: str


def columns(table: Table, labels: Sequence[str]) -> list[Column]:
    """One for each row, as high as its second column says."""
    step = _WIDTH / max(1, len(table.rows))
    room = _HEIGHT - _FOOT
    return [
        Column(
            round(number * step + step * 0.15, 1),
            round(room * (1 - table.share(row) / 100), 1),
            round(step * 0.7, 1),
            round(room * table.share(row) / 100, 1),
            labels[number],
        )
        for number, row in enumerate(table.rows)
    ]


def qr_code(address: str) -> Markup:
    """ISO/IEC 18004, level M: a code that is partly covered or poorly printed can still be read."""
    code = segno.make_qr(address, error="m")
    return Markup(code.svg_inline(omitsize=True, svgclass=None, lineclass=None, light="#fff"))  # noqa: S704 - drawn of squares only
