"""A gauge measures any expression as a word's z; phrases are what can be said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.concepts import gauge
from studio.concepts.algebra import NothingLeft
from studio.concepts.concepts import Concepts, Places
from studio.concepts.draw import CannotDraw
from studio.concepts.expression import parse, text_term
from studio.concepts.space import contact_sheet
from studio.concepts.words import Naming
from studio.resources import resource

STARTER = resource("models/starter")
pytestmark = pytest.mark.skipif(
    not (STARTER / "open_clip").is_dir(), reason="the starter model is not here"
)


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    places = Places(models=(STARTER,), indexes=home / "indexes", thumbnails=home / "thumbs",
                    vocabulary=resource("vocabulary"))  # fmt: skip
    door = Concepts(places, write=lambda path, data: path.write_bytes(data), device="cpu")
    yield door.space()
    door.close()


@pytest.fixture(scope="module")
def pictures(space, tmp_path_factory):
    """Files of the hat test: with, without headgear."""
    folder = tmp_path_factory.mktemp("pictures")
    sheet = contact_sheet(Path(__file__).with_name("hats-128.webp"))
    paths = [folder / f"{number}.png" for number in range(40)]
    for path, tile in zip(paths, sheet[:40], strict=True):
        tile.save(path)
    return paths[:20], paths[20:]


def test_a_words_gauge_is_its_row(space):
    words = space.word_space()
    for word in ("hat", "crown", "desert"):
        row = words.rows[space.vocabulary.texts.index(word)]
        mine = gauge.gauge(space, parse(word))
        assert mine @ row / np.linalg.norm(mine) / np.linalg.norm(row) > 0.95
        assert np.linalg.norm(mine) == pytest.approx(np.linalg.norm(row), rel=0.3)


def test_hats_give_a_high_z_and_signs_and_weights_count(space, pictures):
    after, before = (np.stack([space.picture_vector(str(p)) for p in side]) for side in pictures)
    change = after - before
    hat = gauge.gauge(space, parse("hat"))
    assert np.median(change @ hat) > 0.5
    assert (change @ hat > 0).mean() >= 0.8
    np.testing.assert_allclose(gauge.gauge(space, parse("2 hat")), hat, atol=1e-4)
    np.testing.assert_allclose(gauge.gauge(space, parse("- hat")), -hat, atol=1e-4)


def test_what_cancels_is_told(space):
    with pytest.raises(NothingLeft):
        gauge.gauge(space, parse("hat - hat"))


def test_words_are_said_with_their_article_and_weight(space):
    said = gauge.phrases(space, parse("0.8 hat - red apples"))
    assert said == (("a hat", 0.8), ("red apples", -1.0))


def test_pictures_are_said_as_clip_names_them(space, pictures):
    headgear = {word.text for word in space.vocabulary.words if word.family == "headgear"}
    right = 0
    for after, before in zip(*(side[:8] for side in pictures), strict=True):
        said = gauge.phrases(space, parse(f'"{after}" - "{before}"'))
        right += said[0][0].removeprefix("a ") in headgear and said[0][1] > 0
    assert right >= 6


def test_pictures_without_a_name_cannot_be_said(space, pictures, monkeypatch):
    monkeypatch.setattr(space, "name", lambda _: Naming((), (), None, 1.0))
    path = pictures[0][0]
    with pytest.raises(CannotDraw, match="finds no words"):
        gauge.phrases(space, parse(f'"{path}"'))
    assert gauge.phrases(space, parse(f'"{path}" + hat')) == (("a hat", 1.0),)


def test_any_words_have_a_gauge(space):
    from studio.concepts.expression import Expression

    odd = gauge.gauge(space, Expression((text_term('a "thing" + nobody knows'),)))
    assert np.isfinite(odd).all()
