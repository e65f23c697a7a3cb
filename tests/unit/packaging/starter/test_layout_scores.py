"""Counts, sizes and relations: the exam asks what it says, and wrong answers score nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from starter_recipe.card import exchanged_text, layout_text
from starter_recipe.evaluate import all_pairs
from starter_recipe.finder import Found
from starter_recipe.layout_scores import (
    RELATIONS,
    Exam,
    exchanged,
    holds,
    layout_scores,
    make_exam,
    plain_prompt,
    score,
    size_of,
)
from starter_recipe.scenes import Scene, is_held_out


@pytest.fixture(scope="module")
def exam() -> Exam:
    return make_exam("small", 4)


def seen(scene: Scene) -> list[Found]:
    """What a perfect finder finds in a real render."""
    return [Found(p.glyph, p.x, p.bottom - p.size / 2, p.size) for p in scene.placements]


def test_the_exam_asks_for_unseen_scenes_of_every_sort(exam: Exam) -> None:
    assert list(exam.counts) == [1, 2, 3, 4]
    assert list(exam.sizes) == ["small", "big"]
    assert tuple(exam.relations) == RELATIONS
    assert len(exam.scenes) == 4 * 12
    for s in exam.scenes:
        assert is_held_out(s.objects, s.backdrop, s.headgear)
    assert all(len(s.placements) == n for n, part in exam.counts.items() for s in part)
    assert all(s.relation == name for name, part in exam.relations.items() for s in part)


def test_prompts_ask_plainly(exam: Exam) -> None:
    assert plain_prompt(exam.counts[3][0]).startswith("three ")
    assert plain_prompt(exam.sizes["big"][0]).startswith("a big ")
    assert " left of a" in plain_prompt(exam.relations["left of"][0])
    assert " next to a" in plain_prompt(exam.relations["next to"][0])


def test_true_pictures_score_full_and_turned_ones_nothing(exam: Exam) -> None:
    scores = score(exam, [seen(s) for s in exam.scenes])
    assert all(one == {"number": 100.0, "number_and_object": 100.0}
               for one in scores["counts"].values())
    assert scores["sizes"] == {"small": 100.0, "big": 100.0}
    assert all(set(one.values()) == {100.0} for one in scores["relations"].values())
    turned = score(exam, [seen(exchanged(s)) if s.kind == "pair" else [] for s in exam.scenes])
    for name in ("left of", "right of", "above", "below"):
        assert turned["relations"][name] == {"both": 100.0, "right": 0.0, "right_of_both": 0.0}
    assert all(one["number"] == 0 for one in turned["counts"].values())
    assert set(turned["sizes"].values()) == {0.0}


def test_one_too_many_another_kind_or_a_doubled_one_is_wrong(exam: Exam) -> None:
    more = score(exam, [[*seen(s), replace(seen(s)[0], x=1.0)] for s in exam.scenes])
    assert all(one["number"] == 0 for one in more["counts"].values())
    other = score(exam, [[replace(f, glyph="?") for f in seen(s)] for s in exam.scenes])
    assert all(one == {"number": 100.0, "number_and_object": 0.0}
               for one in other["counts"].values())
    doubled = score(exam, [[replace(f, glyph=s.objects[0]) for f in seen(s)]
                           for s in exam.scenes])
    assert all(one == {"both": 0.0, "right": 0.0, "right_of_both": None}
               for one in doubled["relations"].values())


def test_the_share_of_all_pairs_counts_both_groups() -> None:
    layout = {"pairs": 300, "pairs_present": {"DPM++ 2M": 40.0, "DPM++ 2M SDE": 90.0}}
    assert all_pairs(60.0, 100, layout, "DPM++ 2M") == (45.0, 400)


def test_relations_and_sizes_want_to_be_clear() -> None:
    here, near, far = (Found("a", x, 64, 60) for x in (30, 40, 94))
    assert holds("left of", here, far)
    assert not holds("left of", here, near)
    assert not holds("right of", here, far)
    assert not holds("above", here, far)
    assert holds("next to", far, here)
    assert [size_of(replace(here, size=s)) for s in (50, 90, 118)] == ["small", "", "big"]


def test_scores_go_into_the_card_beside_those_of_real_pictures(exam: Exam) -> None:
    class Sure:
        """Reads the scene from the picture: its number stands in the first pixel."""

        def find(self, pictures: torch.Tensor) -> list[list[Found]]:
            return [seen(drawn[int(p)]) for p in pictures]

    drawn: list[Scene] = []

    def draw(scenes: list[Scene]) -> torch.Tensor:
        drawn.extend(scenes)
        return torch.arange(len(drawn) - len(scenes), len(drawn))

    scores = layout_scores(Sure(), exam, draw=draw,
                           paint={"A": draw, "B": lambda scenes: draw(
                               [exchanged(s) if s.kind == "pair" else s for s in scenes])})
    assert scores["each"] == 4
    assert scores["finder_on_real"]["relations"]["above"]["right"] == 100.0
    assert scores["generated"]["A"]["relations"]["above"]["right"] == 100.0
    assert scores["generated"]["B"]["relations"]["above"]["right"] == 0.0
    assert set(scores["exchanged_called_right"].values()) == {0.0}
    rows = layout_text(scores).splitlines()
    assert len(rows) == 2 + 12
    assert rows[0] == "| asked for | A | B | on real |"
    assert "| A above B | **100 %** (100 %) | **0 %** (0 %) | 100 % |" in rows
    assert "| 3 of a thing | **100 %** (100 %) | **100 %** (100 %) | 100 % |" in rows
    assert exchanged_text(scores).startswith("0 % (left of)")
