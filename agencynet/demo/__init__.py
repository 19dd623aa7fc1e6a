"""The story: what the network is for, played against the running system.

Nothing that is printed comes from here: it is what was observed by query and in the mailboxes.
"""

from agencynet.demo.observing import DidNotHappen
from agencynet.demo.report import Report
from agencynet.demo.story import play

__all__ = ["DidNotHappen", "Report", "play"]
