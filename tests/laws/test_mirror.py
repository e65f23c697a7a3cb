"""Every module has its test file in the same place below tests/unit."""

from __future__ import annotations

from tests.laws.source import ROOT, STUDIO, modules

UNIT = ROOT / "tests" / "unit"


def is_empty_of_behaviour(module) -> bool:
    """Packages' __init__ files only gather names; __main__ is run by the end-to-end tests."""
    return module.path.name in ("__init__.py", "__main__.py")


def test_every_module_has_its_tests():
    missing = []
    for module in modules().values():
        if is_empty_of_behaviour(module):
            continue
        relative = module.path.relative_to(STUDIO)
        wanted = UNIT / relative.parent / f"test_{relative.name}"
        if not wanted.exists():
            missing.append(str(wanted.relative_to(ROOT)))
    assert not missing, "\n".join(missing)


def test_every_test_file_holds_tests():
    hollow = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        if "def test_" not in path.read_text(encoding="utf-8")
    ]
    assert not hollow, hollow
