"""Who may do what: the table of roles."""

import pytest

from hathor_rt.playlists.permissions import ROLES, require
from sync.refusal import NotAllowed


def test_owners_and_editors_edit_and_viewers_read() -> None:
    for right in ("add", "arrange", "annotate", "describe"):
        require("playlist", "owner", right)
        require("playlist", "editor", right)
        with pytest.raises(NotAllowed):
            require("playlist", "viewer", right)


def test_in_scratch_documents_editors_write_anything() -> None:
    require("scratch", "editor", "write")
    with pytest.raises(NotAllowed):
        require("scratch", "viewer", "write")


@pytest.mark.parametrize("kind", ROLES)
def test_an_unknown_role_may_do_nothing(kind: str) -> None:
    with pytest.raises(NotAllowed):
        require(kind, "captain", "add")
