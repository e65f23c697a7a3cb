"""The colours of figures on white paper. Torch-free."""

from __future__ import annotations

from studio.lab.figure import Ink

PAPER = Ink(
    ground="#ffffff", plane="#f4f4f5", line="#c9ccd1", text="#1f2124", muted="#5b6069",
    accent="#b96a00", classes=("#2b6ca3", "#3f7a2b", "#b3345f"), model="#b96a00",
    noise="#2b6ca3", plus="#3f7a2b", minus="#b93131", cold="#f4f4f5", warm="#f3c98a",
)  # fmt: skip
