"""Every module has its test file in the same place below tests/unit."""

from __future__ import annotations

from tests.laws.source import ROOT, STUDIO, modules

UNIT = ROOT / "tests" / "unit"
# Small modules that are tested together, in the same folder. New modules get a file of their own.
TOGETHER = {
    "commands/test_concepts_commands.py": (
        "classify", "draw", "index", "search", "words",
    ),
    "concepts/test_concepts.py": ("space",),
    "concepts/test_load_encoder.py": ("encoders",),
    "state/concepts/test_room.py": ("drawing", "indexing"),
    "ui/concepts/test_expression_panel.py": ("chips", "dropping"),
    "ui/concepts/test_views.py": (
        "draw_panel", "histogram", "map_panel", "meter", "search_panel", "thumbs", "words_panel",
        "words_view",
    ),
}  # fmt: skip


def is_empty_of_behaviour(module) -> bool:
    """Packages' __init__ files only gather names; __main__ is run by the end-to-end tests."""
    return module.path.name in ("__init__.py", "__main__.py")


def together() -> set[str]:
    """The modules above, as paths below studio/."""
    return {
        f"{place.rpartition('/')[0]}/{stem}.py"
        for place, stems in TOGETHER.items()
        for stem in stems
    }


def test_what_is_tested_together_exists():
    assert all((UNIT / place).exists() for place in TOGETHER)
    assert all((STUDIO / module).exists() for module in together())


def test_every_module_has_its_tests():
    missing = []
    shared = together()
    for module in modules().values():
        if is_empty_of_behaviour(module):
            continue
        relative = module.path.relative_to(STUDIO)
        wanted = UNIT / relative.parent / f"test_{relative.name}"
        if not wanted.exists() and relative.as_posix() not in shared:
            missing.append(str(wanted.relative_to(ROOT)))
    assert not missing, "\n".join(missing)


def test_every_test_file_holds_tests():
    hollow = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        if "def test_" not in path.read_text(encoding="utf-8")
    ]
    assert not hollow, hollow
