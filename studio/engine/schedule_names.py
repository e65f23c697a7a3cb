"""The names of the schedules and what they do, in words; engine/levels.py computes them."""

from __future__ import annotations

SCHEDULES: dict[str, str] = {
    "trailing": "Even steps that begin at full noise. Right for most models and few steps.",
    "leading": "Even steps as older programs take them; they begin a little below full noise.",
    "linspace": "Even steps that hit both ends, full noise and the least noise.",
    "karras": "More of the steps at low noise, where the fine detail is decided.",
    "exponential": "Each step divides the noise by the same factor.",
    "flow": "For flow-matching models: even steps in noise, shifted as the model asks.",
}
