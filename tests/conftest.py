"""Set the stage for every test: no display, no network, one torch thread, a home of its own."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from studio.launch import missing_packages

if TYPE_CHECKING:
    from studio.library.home import Home

# Before any library is imported: Qt, torch and the hub read these once.
_SCRATCH = tempfile.TemporaryDirectory(prefix="studio-tests-", ignore_cleanup_errors=True)
_ENVIRONMENT = {
    "QT_QPA_PLATFORM": "offscreen",
    "QT_LOGGING_RULES": "qt.qpa.fonts=false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "STUDIO_HOME": str(Path(_SCRATCH.name) / "home"),
    "XDG_CONFIG_HOME": str(Path(_SCRATCH.name) / "config"),
    "XDG_CACHE_HOME": str(Path(_SCRATCH.name) / "cache"),
    "XDG_DATA_HOME": str(Path(_SCRATCH.name) / "data"),
    "XDG_RUNTIME_DIR": str(Path(_SCRATCH.name) / "run"),
}
os.environ.update(_ENVIRONMENT)
(Path(_SCRATCH.name) / "run").mkdir(mode=0o700)

# Without them pytest-qt ends in a traceback that says nothing.
if _missing := missing_packages(is_x11=False):
    sys.exit("The tests draw with Qt, which needs system libraries that are not here. On Debian or "
             f"Ubuntu: sudo apt install {' '.join(_missing)}")  # fmt: skip

# The same examples in every run; to search further: HYPOTHESIS_PROFILE=search.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_sessionstart() -> None:
    """Collect garbage on the main thread only, as the window does.

    On another thread (a pool's, tqdm's monitor) it destroys Qt objects there, whose timers are not
    stopped: a later test crashes [measured].
    """
    with contextlib.suppress(ImportError):  # the engine's tests run without PySide6
        from studio.jobs import collector

        collector.hold("the tests")
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect on the main thread what the thresholds ask for."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that calls out; local sockets (single instance, servers) stay allowed."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        is_local = isinstance(address, (str, bytes)) or (
            isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1", "localhost")
        )
        if not is_local:
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty `Home` under tmp_path; STUDIO_HOME points there too."""
    from studio.library.home import Home  # only after the environment is set

    root = tmp_path / "home"
    monkeypatch.setenv("STUDIO_HOME", str(root))
    return Home(root)
