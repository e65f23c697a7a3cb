"""Our own files: settings exact, readable by others, labelled, and as private as wished."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.concepts.decode import split_reference
from studio.engine.levels import SCHEDULES
from studio.engine.request import PROMPT_LIMIT, Concept, GenerationRequest, Inpaint
from studio.engine.sampler_table import SAMPLERS
from studio.library.metadata import read_settings_bytes, read_text, write_png
from studio.library.metadata.containers import find_texts
from studio.library.metadata.infotext import parse
from studio.library.metadata.png import OWN_KEY, infotext_of
from tests.fakes import picture

REQUEST = GenerationRequest(
    prompt="a (red:1.2) fox,\n Negative prompt: trap \nSteps: 9, Seed: 1, x: y", steps=12,
    negative_prompt="blur", seed=4_294_967_295, guidance_scale=6.5, eta=math.inf, width=512,
    height=768, sampler="DPM++ 2M SDE", schedule="karras", variation_seed=3,
    variation_strength=0.25, loras=(("detail", 0.5),), parent=("abc", 7),
    concept=Concept(expression="hat - head"),
)  # fmt: skip


def test_the_pixels_are_untouched():
    data = write_png(picture(), REQUEST)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), picture())


def test_everything_returns_exactly():
    extra = {"take_id": "t1", "state": "finished", "label": "x0 of step 3 of 12",
             "parent": ["t0", 3], "conditions": {"torch": "2.15"}}  # fmt: skip
    got = read_settings_bytes(write_png(picture(), REQUEST, extra))
    assert got.request == REQUEST
    assert (got.take_id, got.state, got.label) == ("t1", "finished", "x0 of step 3 of 12")
    assert got.parent == ("t0", 3)
    assert got.conditions == {"torch": "2.15"}
    assert got.generator == "Latent Studio"
    assert got.raw == infotext_of(REQUEST, extra)


TEXT = st.text(max_size=200)


@settings(deadline=None, max_examples=60)
@given(TEXT, TEXT, st.integers(0, 2**32 - 1))
def test_any_prompt_returns_exactly(prompt, negative, seed):
    request = GenerationRequest(prompt=prompt, negative_prompt=negative, seed=seed)
    assert read_settings_bytes(write_png(picture(8, 8), request)).request == request


def test_lone_surrogates_and_nul():
    request = GenerationRequest(prompt="a\ud800b\0c")
    assert read_settings_bytes(write_png(picture(8, 8), request)).request == request


def test_others_can_read_it():
    """Without our own chunk, as after a program that keeps `parameters` only."""
    text = infotext_of(GenerationRequest(prompt="ein Fuchs, schön", negative_prompt="blur", seed=7,
                                         sampler="Euler a", schedule="karras", steps=9, width=64,
                                         height=128, guidance_scale=7.0, model="starter"),
                       {"model_hash": "0123456789abcdef"})  # fmt: skip
    got = parse(text)
    assert got.prompt == "ein Fuchs, schön"
    assert got.fields["Schedule type"] == "Karras"
    assert got.fields["CFG scale"] == "7"
    assert got.fields["Model hash"] == "0123456789"
    assert got.fields["Hashes"] == '{"model": "0123456789"}'
    assert got.size() == (64, 128)


LETTERS = st.characters(exclude_categories=("Cs", "Cc"))


def is_no_grammar(text):
    return bool(text) and not any(word in text for word in ("Negative prompt", "Steps:", "Param"))


LINES = st.text(alphabet=LETTERS, max_size=60).map(str.strip).filter(is_no_grammar)
SHARE = st.floats(0, 1)


@settings(deadline=None, max_examples=200)
@given(
    prompt=LINES, negative_prompt=LINES, seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 1000),
    sampler=st.sampled_from(list(SAMPLERS)), schedule=st.sampled_from(list(SCHEDULES)),
    guidance_scale=st.floats(0, 100), guidance_rescale=SHARE, eta=st.none() | st.floats(0, 10),
    width=st.integers(8, 512), height=st.integers(8, 512), variation_seed=st.integers(1, 2**32 - 1),
    variation_strength=SHARE, strength=SHARE,
)  # fmt: skip
def test_every_setting_returns_from_the_infotext_alone(width, height, **fields):
    """What other programs keep of our pictures is read back by us, setting by setting."""
    request = GenerationRequest(width=8 * width, height=8 * height, model="dream 5", **fields)
    got = read_text(infotext_of(request)).request
    same = request.edit(
        schedule=got.schedule,
        variation_seed=request.variation_seed if request.variation_strength else 0,
    )
    assert got == same
    # "flow" is trailing for the models that we run, and is written as such
    assert got.schedule == {"flow": "trailing"}.get(request.schedule, request.schedule)


def test_plain_text_goes_into_text_chunks_and_the_rest_into_itxt():
    plain = write_png(picture(8, 8), GenerationRequest(prompt="fox"))
    assert b"tEXtparameters" in plain
    wide = write_png(picture(8, 8), GenerationRequest(prompt="狐"))
    assert b"iTXtparameters" in wide
    assert "狐" in find_texts(wide)["parameters"]
    assert "狐" in Image.open(io.BytesIO(wide)).text["parameters"]  # and Pillow reads it


def source_label(data: bytes) -> str:
    return find_texts(data)["xmp:DigitalSourceType"].rpartition("/")[2]


def test_the_label_for_generated_pictures():
    assert source_label(write_png(picture(8, 8), REQUEST)) == "trainedAlgorithmicMedia"
    inpaint = GenerationRequest(image=picture(), inpaint=Inpaint(mask=np.zeros((64, 64), np.uint8)))
    assert source_label(write_png(picture(8, 8), inpaint)) == (
        "compositeWithTrainedAlgorithmicMedia"
    )


def test_settings_can_be_left_out():
    data = write_png(picture(8, 8), REQUEST, {"take_id": "t"}, has_settings=False)
    assert set(find_texts(data)) == {
        "XML:com.adobe.xmp", "xmp:DigitalSourceType", "xmp:CreatorTool",
    }  # fmt: skip
    assert b"fox" not in data


def test_no_model_no_label():
    assert find_texts(write_png(picture(8, 8))) == {}


def test_no_folder_of_the_users_disk_gets_into_the_file():
    request = REQUEST.edit(model="/home/ann/models/dream.safetensors",
                           loras=(("C:\\Users\\Ann\\lora.safetensors", 1.0),))  # fmt: skip
    data = write_png(picture(8, 8), request)
    assert b"ann" not in data.lower().replace(b"channel", b"")
    got = read_settings_bytes(data).request
    assert got.model == "dream"
    assert got.loras == (("lora", 1.0),)


@pytest.mark.parametrize(("written", "kept"), [
    ("/home/ann/me.png + hat", "~/me.png + hat"),
    ('hat - 0.5 "/home/ann/my pictures/me.png"', 'hat - 0.5 "~/my pictures/me.png"'),
    ("'/home/ann/a.png' + /home/ann/b.take#3", "'~/a.png' + ~/b.take#3"),
    ("/d/home/ann/me.png - /home/anna/me.png", "/d/home/ann/me.png - /home/anna/me.png"),
])  # fmt: skip
def test_a_concepts_pictures_do_not_tell_who_the_user_is(monkeypatch, written, kept):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("USERPROFILE", "/home/ann")
    data = write_png(picture(), REQUEST.edit(concept=Concept(expression=written)))
    assert read_settings_bytes(data).request.concept.expression == kept
    assert split_reference("~/me.png")[0] == Path("/home/ann/me.png").absolute()


def test_four_channels():
    rgba = np.dstack([picture(8, 8), np.full((8, 8), 100, np.uint8)])
    assert Image.open(io.BytesIO(write_png(rgba, REQUEST))).mode == "RGBA"


def test_a_prompt_of_megabytes_is_cut_and_said_so():
    request = GenerationRequest(prompt="x" * 1_000_000, concept=Concept(expression="y" * 50_000))
    got = read_settings_bytes(write_png(picture(8, 8), request))
    assert (len(got.request.prompt), got.request.concept) == (PROMPT_LIMIT, None)
    assert "too long" in got.warnings[0]


def test_loras_by_the_thousand_are_cut_and_said_so():
    """Each stands in the prompt's field: half a million characters would stall the window."""
    many = tuple((f"{'x' * 2000}{n}", 1.0) for n in range(900))
    got = read_settings_bytes(write_png(picture(8, 8), GenerationRequest(loras=many)))
    assert (len(got.request.loras), len(got.request.loras[0][0])) == (200, 1000)
    assert "cut" in got.warnings[0]
    phrases = tuple((f"a hat {n}", 1.0) for n in range(900))
    concept = Concept(expression="hat", way="guidance", direction=phrases)
    got = read_settings_bytes(write_png(picture(8, 8), GenerationRequest(concept=concept)))
    assert (got.request.concept, len(got.warnings)) == (None, 1)


@pytest.mark.parametrize("damage", ['{"format": "latent-studio-picture/1"}', "{", "[]", '"x"'])
def test_a_damaged_chunk_of_our_own_falls_back_to_the_text(damage):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt(OWN_KEY, damage)
    info.add_text("parameters", "fox\nSteps: 3, Sampler: Euler, Seed: 5")
    buffer = io.BytesIO()
    Image.fromarray(picture(8, 8)).save(buffer, "PNG", pnginfo=info)
    got = read_settings_bytes(buffer.getvalue())
    assert got.request.prompt == "fox"
    assert got.request.seed == 5
