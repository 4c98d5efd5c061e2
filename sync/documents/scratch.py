"""Free-form documents: any map, array, text or XML under any names, for generic Yjs clients and for experiments.

The server looks at size, depth and authorship only, so everyone who may write at all may write anything. Whole ticks are
journalled, not single updates: nobody asks who changed what in a scratch document, and it takes tens of thousands of updates
a second.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sync.documents.kind import Change, Kind, Verdict, View
from sync.documents.limits import Limits
from sync.documents.plain import Plain

SCRATCH_LIMITS: Final = Limits(update_bytes=256 * 1024, text_bytes=256 * 1024)
"""A paste of a long text is one update."""


class ScratchView(View):
    """Sees nothing."""

    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """See `View.judge`."""
        return Verdict((), _nothing)


def _nothing() -> None:
    pass


def _open_view(content: Mapping[str, Plain], used: frozenset[str]) -> ScratchView:
    return ScratchView()


SCRATCH: Final = Kind("scratch", None, _open_view, belongs_to_room=False, keeps_authors=False)
"""The kind ``scratch:<id>``."""
