"""What the documentation says exists: commands, settings, routes, refusals, links."""

import re
from dataclasses import fields
from pathlib import Path

from hathor_rt.config import Config

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = dict(re.findall(r"^\| `(HATHOR_[A-Z_]+)` \| (.+?) \|", text, re.MULTILINE))
    expected = {
        f"HATHOR_{each.name.upper()}": f"`{getattr(Config(), each.name)}`"
        if str(getattr(Config(), each.name))
        else "empty"
        for each in fields(Config)
    }
    assert rows == expected


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", path.read_text())}
    assert named <= targets


def test_every_public_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert {"run", "test", "check", "setup"} <= set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_every_linked_file_exists() -> None:
    broken = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_named_file_exists() -> None:
    """A path in back quotes with a slash and an extension is a promise."""
    pattern = re.compile(r"`((?:docs|tests|sync|media|web|hathor_rt|loadtests|requirements)/[\w./-]+\.\w+)`")
    missing = [
        f"{path.name}: {name}"
        for path in DOCUMENTS
        for name in pattern.findall(path.read_text())
        if not (ROOT / name).exists()
    ]
    assert missing == []


def test_the_two_commands_open_the_readme() -> None:
    top = (ROOT / "README.md").read_text()[:1500]
    assert "make run" in top
    assert "make test" in top


def test_nothing_names_a_package_registry() -> None:
    forbidden = re.compile(r"files\.pythonhosted|pypi\.org|registry\.npmjs|deb\.debian\.org")
    places = [
        *ROOT.glob("requirements/*"),
        ROOT / "Makefile",
        ROOT / "web" / "client" / "package-lock.json",
        *DOCUMENTS,
    ]
    assert [str(path) for path in places if forbidden.search(path.read_text())] == []
