"""The program's settings and last session: sparse JSON, written soon after every change."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import SaveFailed, StudioError
from studio.jobs.queue import JobQueue
from studio.library.home import SETTINGS_MAX
from studio.library.safefile import read_bounded
from studio.library.store import write_atomic

log = logging.getLogger(__name__)

WRITE_DELAY_MS = 250
PATIENCE = 1.0  # seconds that `save_now` waits for the worker to end its writing

DEFAULTS: Mapping[str, Any] = {
    "theme": "system",
    "reduced_motion": False,
    "workspace": "generate",
    "layouts": {},  # workspace -> base64 of QMainWindow.saveState
    "geometry": "",  # base64 of saveGeometry
    "request": {},  # the form of the last session, as engine.request.to_json
    "batch": 1,
    "last_seed": -1,
    "prompt_history": [],
    "model_requests": {},  # model id -> what the user last had set for it
    "advanced_open": False,
    "keep_takes": "all",
    "keys": {},  # action id -> the keys that the user has chosen for it
    "notify": True,  # say so when long work ends behind another window
    "recent": [],  # files that were opened, newest first
    "aspect": [],  # width and height whose relation the sizes keep; empty = free
}


class Settings(QObject):
    """Values by key; only what differs from its default is kept in the file.

    Signals:
        setting_changed(str, object): key and new value.
        write_failed(SaveFailed): the file could not be written; values live on in memory.
    """

    setting_changed = Signal(str, object)
    write_failed = Signal(object)

    def __init__(
        self, file: Path, *, writer: JobQueue | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._file = file
        self._writer = writer
        self._defaults = dict(DEFAULTS)
        self._values: dict[str, Any] = {}
        self._lock = threading.Lock()  # held while the file is written
        self._is_failing = False  # the worker's last writing; it alone asks
        self._writing = 0  # the newest writing; older ones that come late are left out
        self.problem = ""  # why the file was not read, in words; "" = all well
        self._timer = QTimer(self, singleShot=True, interval=WRITE_DELAY_MS)
        self._timer.setObjectName("settingsTimer")
        self._timer.timeout.connect(self._write_soon)
        self._read()

    def declare(self, key: str, default: Any) -> None:
        """Add a setting of another room; `default` fixes its type too."""
        self._defaults[key] = default

    def get(self, key: str) -> Any:
        """The value, or the default if it was never set or the file held nonsense."""
        default = self._defaults[key]
        value = self._values.get(key, default)
        if isinstance(default, float) and type(value) is int:
            return float(value)
        return value if type(value) is type(default) else default

    def set(self, key: str, value: Any) -> None:
        """Set a value (plain JSON types) and write the file a moment later."""
        if self.get(key) == value:
            return
        if value == self._defaults[key]:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        if not self._timer.isActive():  # also in a storm of changes it is written 4 times a second
            self._timer.start()
        self.setting_changed.emit(key, value)

    def save_now(self) -> None:
        """Write at once, on this thread. Never raises: a failure is told by `write_failed`."""
        self._timer.stop()
        self._writing += 1
        is_mine = self._lock.acquire(timeout=PATIENCE)  # or what the worker writes would come later
        try:
            write_atomic(self._file, self._to_bytes())
        except SaveFailed as error:
            log.warning("settings not saved: %s", error.message)
            self.write_failed.emit(error)
        finally:
            if is_mine:
                self._lock.release()

    def _to_bytes(self) -> bytes:
        return json.dumps(self._values, indent=1, ensure_ascii=False).encode("utf-8", "replace")

    @Slot()
    def _write_soon(self) -> None:
        if self._writer is None:
            self.save_now()
            return
        data, file = self._to_bytes(), self._file
        self._writing += 1
        number = self._writing

        def write(_stop: threading.Event) -> Generator[None, None, None]:
            try:
                with self._lock:
                    if number == self._writing:
                        write_atomic(file, data)
                        self._is_failing = False
            except SaveFailed as error:
                log.warning("settings not saved: %s", error.message)
                if not self._is_failing:  # told once, as any job's failure; not at every change
                    self._is_failing = True
                    raise
            yield

        self._writer.submit(write, "Saving settings")

    def _read(self) -> None:
        try:
            self._file.lstat()
            values = json.loads(read_bounded(self._file, SETTINGS_MAX))
            if not isinstance(values, dict):
                raise TypeError("not an object")
        except FileNotFoundError:
            return
        except (StudioError, OSError, ValueError, TypeError, RecursionError) as error:
            log.warning("settings not read: %s", error)
            self._move_aside()
            return
        self._values = values

    def _move_aside(self) -> None:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = self._file.with_name(f"{self._file.stem}.broken-{stamp}.json")
        try:
            self._file.replace(aside)
            self.problem = (f"The settings file could not be read. It is kept as {aside.name}; "
                            "the studio starts with fresh settings.")  # fmt: skip
        except OSError:
            self.problem = (
                "The settings file could not be read; the studio starts with fresh settings."
            )
