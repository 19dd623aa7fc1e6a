"""Some 1,200 people who do not exist, at the nine agencies; the same ones every time for the same run."""

from agencynet.people.invent import Invented, invent
from agencynet.people.records import Record

__all__ = ["Invented", "Record", "invent"]
