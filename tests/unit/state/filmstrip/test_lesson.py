"""What the fresh noise is for: two takes of one start."""

from __future__ import annotations

from studio.engine.errors import StudioError
from studio.engine.sampler_table import SAMPLERS
from studio.state.filmstrip.lesson import SEED, WITH, WITHOUT


def test_two_takes_of_one_seed_are_made_and_compared(rig):
    rig.studio.form.edit(prompt="a hat", width=64, height=64, guidance_scale=7.0)
    rig.studio.session.lesson_asked.emit()
    rig.qtbot.waitUntil(lambda: rig.room.comparison.node is not None, timeout=30_000)
    rig.idle()
    here, there = rig.strip.node, rig.room.comparison.node
    assert [n.request.sampler for n in (there, here)] == [WITH, WITHOUT]
    assert here.parent == (there.id, 0)
    for request in (here.request, there.request):
        assert (request.prompt, request.guidance_scale, request.seed) == ("", 1.0, SEED)
        assert (request.width, request.height) == (64, 64)
    assert SAMPLERS[WITHOUT].noise == 0
    assert SAMPLERS[WITHOUT].eta == SAMPLERS[WITH].eta == 1
    assert "fresh noise" in rig.words[-1]
    assert rig.studio.form.request.prompt == "a hat"  # the form is the user's


def test_a_lesson_that_is_stopped_ends_there(rig):
    rig.studio.generation.pause(True)
    rig.room.lesson.begin()
    rig.studio.generation.cancel_all()
    rig.studio.generation.pause(False)
    rig.idle()
    rig.make()
    assert rig.room.comparison.node is None
    assert len(rig.strip.tree) == 1


def test_a_lesson_that_fails_ends_there(rig):
    def broken(request, **_):
        raise StudioError("The model is broken.", "Get it again.")
        yield

    rig.engine.generate = broken
    rig.room.lesson.begin()
    rig.idle()
    del rig.engine.generate
    rig.make()
    assert rig.room.comparison.node is None
