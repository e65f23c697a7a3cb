"""The strip's arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.filmstrip.geometry import LABEL_WIDTH, LEAP, THUMB_MAX, THUMB_MIN, Geometry, bend

geometries = st.builds(
    Geometry,
    width=st.integers(200, 3000), height=st.integers(40, 900), lanes=st.integers(1, 6),
    columns=st.integers(1, 1001), aspect=st.floats(0.2, 5),
)  # fmt: skip


@given(geometries, st.integers(0, 1000), st.integers(0, 5000))
def test_column_at_is_the_inverse_of_x_of(g, column, scroll):
    x = g.x_of(column, scroll) + g.thumb_width // 2
    if x >= LABEL_WIDTH:
        assert g.column_at(x, scroll) == column


@given(geometries)
def test_thumbnails_have_one_size_within_bounds(g):
    assert THUMB_MIN <= g.thumb_height <= THUMB_MAX
    assert g.lane_at(g.y_of(g.lanes - 1) + 1) == g.lanes - 1
    assert g.lane_at(g.y_of(g.lanes - 1) + g.thumb_height) == -1


@given(geometries, st.integers(0, 1000), st.integers(0, 80_000))
def test_scroll_to_shows_the_column(g, column, scroll):
    column = min(column, g.columns - 1)
    to = g.scroll_to(column, scroll)
    if g.width - LABEL_WIDTH >= g.pitch + 8:
        assert g.x_of(column, to) >= LABEL_WIDTH
        assert g.x_of(column, to) + g.thumb_width <= g.width
        assert column in g.visible(to)
    assert g.scroll_to(column, to) == to


def test_a_low_strip_gives_the_graph_up_first():
    assert Geometry(width=900, height=100, lanes=1, columns=9).graph_height == 0
    assert Geometry(width=900, height=240, lanes=1, columns=9).graph_height > 0


def test_a_strip_that_nearly_fits_is_made_to_fit():
    g = Geometry(width=1260, height=240, lanes=3, columns=21)
    assert g.content_width <= g.width
    assert g.thumb_height >= 40
    long = Geometry(width=1260, height=240, lanes=3, columns=60)
    assert long.content_width > long.width
    assert long.thumb_height > g.thumb_height  # a long one scrolls at full size


def test_a_leap_shows_what_is_on_both_sides_and_a_step_moves_little():
    g = Geometry(width=1200, height=240, lanes=3, columns=1001)
    seen = len(g.visible(0))
    to = g.scroll_to(500, 0)
    assert abs(g.x_of(500, to) - (LABEL_WIDTH + (1200 - LABEL_WIDTH - g.pitch) / 2)) < g.pitch
    assert g.scroll_to(seen, 0) <= LEAP * g.pitch
    assert g.scroll_to(1000, 0) <= g.content_width - g.width  # no further than the end


def test_a_forks_curve_goes_down_once():
    downs = [bend(n / 20) for n in range(21)]
    assert downs == sorted(downs)
    assert downs[0] < 1e-3
    assert abs(downs[10] - 0.5) < 1e-3  # symmetric
    assert downs[-1] > 0.999
