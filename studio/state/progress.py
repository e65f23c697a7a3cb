"""How far a run is, in words and numbers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from studio.engine.record import Frame, Stage, Status

WINDOW = 8  # steps that the estimate looks back on


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the progress line shows. fraction: 0 .. 1, None = unknown. step: 0 before the first."""

    words: str = ""
    fraction: float | None = None
    step: int = 0
    total: int = 0
    seconds_left: float | None = None
    is_running: bool = False

    @property
    def text(self) -> str:
        """One line: stage, step n of N, time left."""
        parts = [self.words]
        if self.total and self.step:
            parts.append(f"step {self.step} of {self.total}")
        if self.seconds_left is not None and self.seconds_left >= 1:
            parts.append(f"{duration(self.seconds_left)} left")
        return " · ".join(part for part in parts if part)


class ProgressMeter:
    """Turns the items of one run into Progress values."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=WINDOW)
        self.progress = Progress(words="Starting", is_running=True)

    def add(self, item: object) -> Progress:
        """Take one item of the run into account; items of other kinds change nothing."""
        if isinstance(item, Frame):
            self.progress = self._denoising(item)
        elif isinstance(item, Status):
            self.progress = self._stage(item)
        return self.progress

    def _denoising(self, frame: Frame) -> Progress:
        if frame.seconds > 0:
            self._seconds.append(frame.seconds)
        mean = sum(self._seconds) / len(self._seconds) if self._seconds else None
        step = min(frame.index + 1, frame.total)
        left = None if mean is None else mean * (frame.total - step)
        return Progress(
            words=Stage.DENOISING.value, fraction=step / frame.total if frame.total else None,
            step=step, total=frame.total, seconds_left=left, is_running=True,
        )  # fmt: skip

    def _stage(self, status: Status) -> Progress:
        if status.stage is Stage.DENOISING and self.progress.step:
            return self.progress
        words = f"{status.stage.value}: {status.detail}" if status.detail else status.stage.value
        return Progress(words=words, fraction=status.fraction, is_running=True)


def duration(seconds: float) -> str:
    """Seconds in words: "8 s", "2 min 5 s", "1 h 3 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
