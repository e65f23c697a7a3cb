"""The import law: who may know whom, no cycles, no Qt below, no torch above."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.laws.source import HEAVY, ROOT, graph, heavy_modules, imports, modules

LEAVES = {"studio", "resources"}  # anybody may import these
LIGHT = {"engine", "concepts", "lab"}  # of these rooms, the torch-free modules only
# room -> the rooms it may import (besides itself and the leaves)
ALLOWED = {
    "engine": set(),
    "jobs": set(),
    "library": {"engine"},
    "concepts": {"engine", "library"},
    "lab": {"engine", "library"},
    "production": {"engine", "library"},
    # engine + library + concepts: pictures of concept expressions, for window and headless
    "drawing": {"engine", "library", "concepts", "production"},
    "making": {"engine", "library", "concepts", "production", "drawing"},
    "state": {"jobs", "library", "engine", "concepts", "lab"},
    "ui": {"state", "jobs", "library", "engine", "concepts", "lab"},
    "commands": {"engine", "library", "concepts", "lab", "production", "drawing", "making", "cli",
                 "launch"},
    "cli": {"commands", "engine", "library"},
}
COMPOSERS = {"app", "rooms", "launch", "__main__"}  # all parts meet here
WITHOUT_QT = ("engine", "concepts", "library", "lab", "commands", "cli", "production", "drawing",
              "making", "resources")  # fmt: skip
# Modules of the laboratory may use these of the engine although they bring torch.
LAB_MAY_USE = {"studio.engine.samplers", "studio.engine.denoise", "studio.engine.guidance",
               "studio.engine.noise"}  # fmt: skip
# The rooms' doors bring torch inside functions; everybody else imports at the top.
DOORS = {"studio.engine.engine", "studio.concepts.concepts", "studio.lab.laboratory",
         "studio.library.takes", "studio.making", "studio.cli"}  # fmt: skip
# Neither doors nor torch: what takes time and is not always needed, or never by the window.
LATE = {"studio.concepts.opening", "studio.engine.tokens", "studio.commands.concept_options",
        "studio.commands.draw", "studio.commands.generate", "studio.commands.options"}  # fmt: skip
# Libraries that bring torch, inside functions: the doors, and what is behind them or asks for them.
LATE_LIBRARIES = {"studio.engine.models.devices", "studio.concepts.clip_tokens",
                  "studio.concepts.load_encoder", "studio.library.stored"}  # fmt: skip


def ours(name: str) -> bool:
    return name == "studio" or name.startswith("studio.")


def test_rooms_know_only_whom_they_may():
    broken = []
    for module in modules().values():
        if module.room in COMPOSERS | LEAVES:
            continue
        may = ALLOWED[module.room] | LEAVES | {module.room}
        for one in imports(module):
            parts = one.module.split(".")
            room = parts[1] if len(parts) > 1 else "studio"
            if ours(one.module) and room not in may:
                broken.append(f"{module.where}:{one.line} imports {one.module}")
    assert not broken, "\n".join(broken)


def test_window_and_library_never_bring_torch():
    """Neither at import nor lazily: torch comes up on the worker, through the doors only."""
    broken = []
    for module in modules().values():
        if module.room not in ("ui", "state", "jobs"):
            continue
        for one in imports(module):
            is_heavy = one.module in heavy_modules() or one.module.split(".")[0] in HEAVY
            if is_heavy and not one.is_typing:
                broken.append(f"{module.where}:{one.line} imports {one.module}")
    assert not broken, "\n".join(broken)


def test_library_and_commands_are_light_to_import():
    rooms = ("library", "commands", "cli", "production", "app", "__main__", "resources")
    heavy = [n for n in heavy_modules() if modules()[n].room in rooms]
    assert not heavy


def test_other_rooms_use_the_light_modules_of_the_engine():
    broken = []
    for module in modules().values():
        if module.room not in ("concepts", "library", "lab"):
            continue
        for one in imports(module):
            is_foreign = one.module.startswith("studio.engine") and one.module in heavy_modules()
            is_granted = module.room == "lab" and one.module in LAB_MAY_USE
            if is_foreign and not one.is_typing and not is_granted:
                broken.append(f"{module.where}:{one.line} imports {one.module}")
    assert not broken, "\n".join(broken)


def test_no_qt_below_the_window():
    broken = [
        f"{module.where}:{one.line}"
        for module in modules().values()
        if module.room in WITHOUT_QT or module.name in ("studio.jobs.job", "studio.jobs.events")
        for one in imports(module)
        if one.module.split(".")[0] in ("PySide6", "pyqtgraph", "shiboken6")
    ]
    assert not broken, broken


def test_lazy_imports_only_in_the_doors():
    broken, found = [], set()
    for module in modules().values():
        if module.room in COMPOSERS:
            continue
        for one in imports(module):
            is_late = one.is_lazy and ours(one.module)
            is_library = one.is_lazy and one.module.split(".")[0] in HEAVY
            if (is_late and module.name not in DOORS | LATE) or (
                is_library and module.name not in DOORS | LATE_LIBRARIES
            ):
                broken.append(f"{module.where}:{one.line} imports {one.module} inside a function")
            found |= {module.name} if is_late or is_library else set()
    assert not broken, "\n".join(broken)
    assert found == DOORS | LATE | LATE_LIBRARIES, "mend the law's table"


def test_no_cycles():
    """A depth-first walk over imports at module level; a grey node met again is a cycle."""
    edges = {n: [u for u in sorted(used) if u in modules()] for n, used in graph().items()}
    state: dict[str, str] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        state[name] = "open"
        path.append(name)
        for target in edges[name]:
            if target == name:
                continue
            assert state.get(target) != "open", " → ".join([*path, target])
            if target not in state:
                visit(target)
        path.pop()
        state[name] = "done"

    for name in edges:
        if name not in state:
            visit(name)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=250,
        check=False,
    )  # fmt: skip


def names(*rooms: str) -> list[str]:
    return [n for n, module in modules().items() if module.room in rooms]


def test_the_window_is_built_of_modules_without_torch():
    """The AST cannot see what a library imports: really import them all and look."""
    light = names(
        "ui", "state", "jobs", "library", "commands", "cli", "production", "app", "launch"
    )
    code = f"""
import importlib, sys
for name in {light!r}:
    importlib.import_module(name)
found = sorted({set(HEAVY)!r} & set(sys.modules))
assert not found, found
"""
    done = run(code)
    assert done.returncode == 0, done.stderr[-2000:]


def test_everything_below_the_window_imports_without_pyside6():
    below = names(*WITHOUT_QT)
    code = f"""
import importlib, sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoQt())
for name in {below!r}:
    importlib.import_module(name)
assert not [n for n in sys.modules if n.startswith("PySide6")]
"""
    done = run(code)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_every_room_of_the_law_exists(room):
    assert names(room), f"nothing in studio/{room}: mend the law's table"


def test_every_module_lives_in_a_room():
    rooms = set(ALLOWED) | COMPOSERS | LEAVES
    strays = [module.where for module in modules().values() if module.room not in rooms]
    assert not strays, strays
