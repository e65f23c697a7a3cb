"""One window per home: a second start raises the first window and hands its files over."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

TIMEOUT_MS = 2000
MESSAGE_MAX = 64_000  # bytes


class SingleInstance(QObject):
    """Holds the lock of a home and listens for later starts.

    Signals:
        called(list): the program was started again with these paths (perhaps none).
    """

    called = Signal(list)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        place = os.path.realpath(folder)  # the same home by another path is the same program
        self._name = "latent-studio-" + hashlib.sha256(os.fsencode(place)).hexdigest()[:24]
        self._folder = folder
        self._lock = QLockFile(str(folder / "studio.lock"))
        self._lock.setStaleLockTime(0)  # only a dead owner makes a lock stale, not its age
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def take(self) -> bool:
        """Become the first instance. False if another one lives; True also on odd file systems."""
        with suppress(OSError):  # a full or read-only disk must not keep the window away
            self._folder.mkdir(parents=True, exist_ok=True)
        if not self._lock.tryLock(0) and self._lock.error() is QLockFile.LockError.LockFailedError:
            return False
        QLocalServer.removeServer(self._name)
        self._server.listen(self._name)
        return True

    def call(self, paths: Sequence[Path]) -> bool:
        """Ask the first instance to come forward and open `paths`. True if it has heard."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(TIMEOUT_MS):
            return False
        socket.write(_message(paths))
        has_heard = socket.waitForBytesWritten(TIMEOUT_MS) and socket.waitForReadyRead(TIMEOUT_MS)
        socket.disconnectFromServer()
        return has_heard

    def release(self) -> None:
        """Give the lock back."""
        self._server.close()
        self._lock.unlock()

    @Slot()
    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.setParent(self)
        socket.readyRead.connect(self._on_ready)
        socket.disconnected.connect(socket.deleteLater)

    @Slot()
    def _on_ready(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket):
            return
        if socket.bytesAvailable() > MESSAGE_MAX:
            socket.abort()
        elif socket.canReadLine():
            line = bytes(socket.readLine(MESSAGE_MAX).data())
            socket.write(b"ok\n")
            socket.flush()
            self.called.emit(_paths(line))


def _message(paths: Sequence[Path]) -> bytes:
    """As many of the paths as may be told; one of them is opened anyway."""
    words, room = [], MESSAGE_MAX - 3
    for path in paths:
        room -= len(json.dumps(str(path))) + 2
        if room < 0:
            break
        words.append(str(path))
    return json.dumps(words).encode() + b"\n"


def _paths(line: bytes) -> list[Path]:
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return [Path(w) for w in words if isinstance(w, str)] if isinstance(words, list) else []
