"""CLIP guidance on the starter: its cost beside a plain run, and how often CLIP then sees the word.

`pytest -m bench -s tests/bench/bench_guidance.py`. Plain and guided runs take turns, so the ratio
holds on a busy machine, too. Figures to hold: at most three times a plain run; z of at least 0.5,
undoubted, in three of four pictures.
"""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

import pytest

from studio.concepts.concepts import Concepts
from studio.drawing import Guided, open_concepts
from studio.engine.engine import Engine
from studio.engine.request import GenerationRequest
from studio.library.home import Home
from studio.resources import resource

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

HEADS = ("a man in a meadow", "a woman in the snow", "a cat on a blue background",
         "a dog at sunset", "a panda in a forest", "a fox in the desert", "a boy in the city",
         "an old man by the sea")  # fmt: skip
WORDS = ("hat", "crown")
RATIO_MAX, SEEN_Z, SEEN_SHARE = 3.0, 0.5, 0.75


def made(maker: Engine | Guided, request: GenerationRequest):
    """The picture, and the seconds that this process needed for it."""
    began = time.process_time()
    work = maker.generate(request, stop=threading.Event(), has_frames=False)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value.picture, time.process_time() - began


def test_what_guidance_costs_and_how_often_it_is_seen(tmp_path: Path) -> None:
    engine = Engine([resource("models/starter").parent], "cpu")
    concepts: Concepts = open_concepts(Home(tmp_path), "cpu", engine)
    guided = Guided(engine, concepts)
    ratios, seen = [], 0
    for number, prompt in enumerate(("warm up", *HEADS)):
        request = GenerationRequest(prompt=prompt, width=128, height=128, guidance_scale=4, seed=1)
        plain, alone = made(engine, request)
        for word in WORDS:
            concept = concepts.concept(word, "guidance", 1.0)
            picture, spent = made(guided, request.edit(concept=concept))
            if number:
                check = concepts.check(word, picture, plain)
                ratios.append(spent / alone)
                seen += check.z >= SEEN_Z and not check.doubt
    concepts.close()
    print(f"\nCLIP guidance: {statistics.mean(ratios):.2f} times a plain run"
          f" (most {max(ratios):.2f}), seen in {seen} of {len(ratios)}")  # fmt: skip
    assert statistics.mean(ratios) <= RATIO_MAX
    assert seen >= SEEN_SHARE * len(ratios)
