"""The tree of tests mirrors the tree of code: who looks for the tests of a module finds them without searching.

The tests of `pkg/module.py` are `tests/pkg/test_module.py`; a module with more of them than fit in a file has the folder
`tests/pkg/module/`, one concept a file, beside or instead of that.
"""

from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("sync", "hathor_rt", "media", "web")

# Modules without a test file of their own, and where they are tested instead.
TESTED_ELSEWHERE = {
    "hathor_rt/application.py": "a record without behaviour",
    "hathor_rt/cli/__main__.py": "every end-to-end test starts it",
    "hathor_rt/refusals.py": "tests/web/test_answers.py holds a row for each",
    "hathor_rt/rooms/effects.py": "records without behaviour",
    "hathor_rt/rooms/events.py": "records without behaviour",
    "web/client": "TypeScript has its own tree in web/client/tests",
}
PORTS = "ports"  # a file or a package: protocols are held by the conformance suites


def code_files() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "__init__.py" and "node_modules" not in path.parts and "migrations" not in path.parts
    ]


def has_tests(module: Path) -> bool:
    folder = ROOT / "tests" / module.parent
    return (folder / f"test_{module.name}").exists() or any((folder / module.stem).glob("test_*.py"))


def test_every_module_has_its_tests() -> None:
    missing = []
    for path in code_files():
        elsewhere = any(str(path).startswith(known) for known in TESTED_ELSEWHERE) or PORTS in (
            path.stem,
            path.parent.name,
        )
        # The engines of a port have the same file names and share the suite of the port.
        is_engine = len(path.parts) > 3 and path.parts[1] == "storage"
        if not elsewhere and not is_engine and not has_tests(path):
            missing.append(str(path))
    assert missing == []


def test_every_test_file_has_its_module() -> None:
    orphans = []
    for package in PACKAGES:
        for path in sorted((ROOT / "tests" / package).rglob("test_*.py")):
            relative = path.relative_to(ROOT / "tests")
            module = ROOT / relative.parent / relative.name.removeprefix("test_")
            folder = ROOT / relative.parent / relative.stem.removeprefix("test_")
            tested_in_parts = (ROOT / relative.parent).with_suffix(".py")
            if not module.exists() and not folder.is_dir() and not tested_in_parts.exists():
                orphans.append(str(relative))
    assert orphans == []


def test_every_exception_of_this_rule_still_exists() -> None:
    assert [name for name in TESTED_ELSEWHERE if not (ROOT / name).exists()] == []
