"""The records of a run are values: frozen, cheap to import, complete for a fork."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from studio.engine.record import LANES, Stage, Status
from tests.fakes import make_frame, make_result, make_steps, make_take
from tests.laws.source import ROOT


def test_records_cannot_be_changed():
    for record in (make_frame(0, 2), make_steps(1)[0], make_take(), make_result(),
                   Status(stage=Stage.LOADING)):  # fmt: skip
        name = dataclasses.fields(record)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, name, None)
        assert not hasattr(record, "__dict__")


def test_fields_are_named_when_built():
    with pytest.raises(TypeError):
        Status(Stage.LOADING)


def test_the_lanes_have_an_order():
    assert LANES == ("noisy", "x0", "cond", "uncond", "delta", "change")


def test_stages_are_words_in_the_order_in_which_they_happen():
    assert [stage.name for stage in Stage] == [
        "OPENING", "LOADING", "ENCODING", "DENOISING", "DECODING", "SAVING",
    ]  # fmt: skip
    assert all(" " in stage.value or stage in (Stage.DENOISING, Stage.SAVING) for stage in Stage)


def test_the_records_need_no_torch():
    code = "import studio.engine.record, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
