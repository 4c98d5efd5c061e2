"""`docs/testing.md` says which test proves what: those tests exist, and none of this folder is left out."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent


def listed() -> set[tuple[str, str]]:
    """File and name of every test in the tables."""
    text = (ROOT / "docs" / "testing.md").read_text()
    return set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text))


def names_in(file: Path) -> set[str]:
    return set(re.findall(r"^ *(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE))


def test_every_test_in_the_tables_exists() -> None:
    assert len(listed()) > 40
    assert {(file, name) for file, name in listed() if name not in names_in(ROOT / file)} == set()


def test_every_row_of_the_tables_has_a_proof() -> None:
    text = (ROOT / "docs" / "testing.md").read_text()
    tables = text[text.index("## What went wrong elsewhere") :]
    rows = [
        row for row in tables.splitlines() if row.startswith("| ") and not row.startswith(("| defect", "| guarantee"))
    ]
    assert len(rows) > 25
    assert [row for row in rows if "::test_" not in row] == []


def test_every_defect_tested_here_is_in_the_tables() -> None:
    named = {name for _, name in listed()}
    files = [file for file in HERE.glob("test_*.py") if file != Path(__file__)]
    assert {name for file in files for name in names_in(file)} - named == set()
