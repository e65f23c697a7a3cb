"""The whole reader: any file gives a Settings, and never an exception."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.engine.request import GenerationRequest
from studio.library.metadata import read_settings, read_settings_bytes, read_text, write_png
from studio.library.metadata.read import _settings_of
from studio.library.metadata.settings import SHOWN_MAX
from tests.fakes import picture

INFO = "a fox\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 9"


def test_a_file_of_ours(tmp_path):
    request = GenerationRequest(prompt="a fox", seed=5)
    (tmp_path / "a.png").write_bytes(write_png(picture(8, 8), request))
    assert read_settings(tmp_path / "a.png").request == request


def test_the_suffix_is_not_trusted(tmp_path):
    (tmp_path / "a.jpeg").write_bytes(write_png(picture(8, 8), GenerationRequest(prompt="fox")))
    assert read_settings(tmp_path / "a.jpeg").request.prompt == "fox"


def test_the_text_beside_a_silent_picture(tmp_path):
    Image.fromarray(picture(8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text(INFO)
    assert read_settings(tmp_path / "a.png").request.seed == 9


def test_a_silent_picture(tmp_path):
    Image.fromarray(picture(8, 8)).save(tmp_path / "a.png")
    got = read_settings(tmp_path / "a.png")
    assert not got
    assert got.request is None


@pytest.mark.parametrize("name", ["missing.png", ".", "nul\0.png"])
def test_an_unreadable_file_is_a_warning(tmp_path, name):
    got = read_settings(tmp_path / name)
    assert not got
    assert got.warnings


@pytest.mark.parametrize("text", [INFO, '{"prompt": "a fox", "seed": 9}'])
def test_pasted_text(text):
    got = read_text(text)
    assert (got.request.prompt, got.request.seed) == ("a fox", 9)


def test_pasted_prose_is_not_settings():
    assert not read_text("Dear Ann, thank you for the picture.")


def test_raw_text_is_cut_for_the_window():
    got = _settings_of({"parameters": "x" * 300_000 + "\n" + INFO})
    assert len(got.raw) <= SHOWN_MAX


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_any_bytes(data):
    read_settings_bytes(data)
    whole = io.BytesIO()
    Image.fromarray(picture(4, 4)).save(whole, "PNG")
    read_settings_bytes(whole.getvalue()[:-12] + data)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "parameters",
                "prompt",
                "Comment",
                "UserComment",
                "Software",
                "latent-studio",
                "invokeai_metadata",
                "stealth",
                "workflow",
                "generation_data",
            ]
        ),
        st.text(max_size=60)
        | st.sampled_from(
            [
                '{"format": "latent-studio-picture/1", "request": 3}',
                '{"sui_image_params": 3}',
                '{"image": {"prompt": 1}}',
                '{"c": 1, "uc": [1]}',
                "NovelAI",
                '{"Comment": 5}',
            ]
        ),
        max_size=4,
    )
)
def test_any_texts(texts):  # fmt: skip
    got = _settings_of(texts)
    assert isinstance(got.raw, str)
