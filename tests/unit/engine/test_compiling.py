from __future__ import annotations

import builtins
import importlib
import subprocess
import sys
import threading
from importlib.machinery import SourceFileLoader

import pytest

from studio.engine import compiling
from studio.engine.compiling import SMALL, compile_elsewhere

LARGE = "\n".join(f"def f{n}(x):\n    return x + {n}" for n in range(1500))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder whose modules are importable and leave no compiled files."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def compiled_here(monkeypatch):
    """The files that this process has compiled itself."""
    seen, real = [], builtins.compile

    def compile(source, filename, *rest, **options):
        seen.append(str(filename).rpartition("/")[2])
        return real(source, filename, *rest, **options)

    monkeypatch.setattr(builtins, "compile", compile)
    return seen


def test_a_large_module_is_compiled_by_another_process(folder, compiled_here):
    (folder / "is_large.py").write_text(LARGE)
    (folder / "is_small.py").write_text("x = 1")
    assert len(LARGE) > SMALL
    with compile_elsewhere():
        large = importlib.import_module("is_large")
        importlib.import_module("is_small")
    assert compiled_here == ["is_small.py"]
    assert large.f7(1) == 8
    assert large.f7.__code__.co_filename == str(folder / "is_large.py")
    assert large.f7.__code__.co_firstlineno == 15


def test_a_mistake_in_the_source_is_told_as_ever(folder):
    (folder / "is_wrong.py").write_text(LARGE + "\ndef (")
    with compile_elsewhere(), pytest.raises(SyntaxError) as raised:
        importlib.import_module("is_wrong")
    assert raised.value.filename.endswith("is_wrong.py")


@pytest.mark.parametrize("program", ["", "/no/such/python", sys.executable])
def test_without_the_child_it_is_compiled_here(folder, compiled_here, monkeypatch, program):
    monkeypatch.setattr(compiling, "_CHILD", "raise SystemExit")  # it ends at once
    monkeypatch.setattr(sys, "executable", program)
    (folder / "is_large.py").write_text(LARGE)
    (folder / "is_large_too.py").write_text(LARGE)
    with compile_elsewhere():
        assert importlib.import_module("is_large").f0(1) == 1
        assert importlib.import_module("is_large_too").f0(1) == 1
    assert compiled_here == ["is_large.py", "is_large_too.py"]


def test_other_threads_compile_for_themselves(folder, compiled_here):
    (folder / "is_large.py").write_text(LARGE)
    with compile_elsewhere():
        thread = threading.Thread(target=importlib.import_module, args=("is_large",))
        thread.start()
        thread.join()
    assert compiled_here == ["is_large.py"]


def test_nothing_is_left_behind(folder, monkeypatch):
    made, real, before = [], subprocess.Popen, SourceFileLoader.source_to_code

    def start(*arguments, **options):
        made.append(real(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with compile_elsewhere():
        pass
    assert not made  # no large source, no child
    (folder / "is_large.py").write_text(LARGE)
    with compile_elsewhere():
        importlib.import_module("is_large")
        assert made[0].poll() is None
    assert made[0].poll() == 0
    assert SourceFileLoader.source_to_code is before
