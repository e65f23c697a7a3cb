"""Numbers of things in words to the user."""

from __future__ import annotations


def counted(count: int, thing: str = "picture") -> str:
    """Such as "1 picture", "1,234 pictures". thing: a noun whose plural ends in s."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
