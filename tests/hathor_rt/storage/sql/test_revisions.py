from pathlib import Path

from alembic.script import ScriptDirectory

import hathor_rt.storage.sql as engine
from hathor_rt.storage.sql.revisions import NEWEST, REVISIONS


def test_the_list_names_the_migrations_in_order() -> None:
    scripts = ScriptDirectory(str(Path(engine.__path__[0]) / "migrations"))
    assert [each.revision for each in reversed(list(scripts.walk_revisions()))] == list(REVISIONS)
    assert scripts.get_heads() == [NEWEST]
