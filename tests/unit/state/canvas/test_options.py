"""Options survive the settings file, and nonsense in it."""

from __future__ import annotations

import pytest

from studio.state.canvas.options import InpaintOptions, from_plain, to_plain


def test_round_trip() -> None:
    options = InpaintOptions(mode="picture", strength=0.3, fill="noise", area="whole",
                             is_soft=False, feather=0, match_colour=False, overlap=99)  # fmt: skip
    assert from_plain(to_plain(options)) == options


@pytest.mark.parametrize(
    "data",
    [None, [], {"mode": "x"}, {"strength": "much"}, {"strength": float("nan")}, {"feather": -1},
     {"feather": 1e9}, {"is_soft": 1}, {"strange": 3}, {"fill": ["blur"]}, {"strength": True}],
)  # fmt: skip
def test_nonsense_takes_the_defaults(data) -> None:
    assert from_plain(data) == InpaintOptions()
