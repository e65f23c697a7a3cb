"""Infotext and graphs in the places where they occur, and which of two wins."""

import json

import pytest

from studio.library.metadata.infotext import parse
from studio.library.metadata.read import _settings_of
from studio.library.metadata.readers_text import draft_of
from tests.unit.library.metadata.test_comfy import graph

INFO = "a fox\nNegative prompt: blur\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 9"


@pytest.mark.parametrize("place", ["parameters", "UserComment", "comment", "xmp:UserComment",
                                   "sidecar", "stealth", "ImageDescription"])  # fmt: skip
def test_infotext_in_its_places(place):
    got = _settings_of({place: INFO})
    assert (got.request.prompt, got.request.seed) == ("a fox", 9)
    assert (got.request.sampler, got.request.schedule) == ("DPM++ 2M", "karras")


@pytest.mark.parametrize(
    ("place", "dress"),
    [("prompt", "{}"), ("UserComment", "{}"), ("Model", "prompt:{}"), ("Make", "Prompt: {}"),
     ("xmp:prompt", "{}"), ("UserComment", '{{"prompt": {}, "workflow": {{"nodes": []}}}}')],
)  # fmt: skip
def test_graphs_in_their_places(place, dress):
    got = _settings_of({place: dress.format(json.dumps(graph()))})
    assert got.generator == "ComfyUI"
    assert got.request.seed == 42
    assert got.fields["Dialect"] == "ComfyUI"


def test_a_graph_beside_an_infotext_of_its_own():
    text = "unknown\nSteps: 1, Sampler: x, Seed: 0, Size: 8x8, Version: ComfyUI"
    got = _settings_of({"prompt": json.dumps(graph()), "parameters": text})
    assert (got.request.prompt, got.request.seed) == ("a fox", 42)
    assert got.fields["Version"] == "ComfyUI"


def test_a_comment_that_is_no_settings():
    assert not _settings_of({"comment": "Saved by a paint program"})
    assert not _settings_of({"UserComment": "ASCII holiday in Rome, 2019"})


def test_a_bare_prompt_in_parameters_counts():
    assert _settings_of({"parameters": "a fox"}).request.prompt == "a fox"


@pytest.mark.parametrize(
    ("version", "generator"),
    [
        ("v1.10.1", "A1111"),
        ("f2.0.1v1.10.1", "Forge"),
        ("ComfyUI", "ComfyUI"),
        ("classic", "Forge"),
    ],
)
def test_who_wrote_it(version, generator):
    assert draft_of(parse(f"{INFO}, Version: {version}")).generator == generator


def test_a_second_pass_is_not_taken_for_img2img():
    draft = draft_of(parse(f"{INFO}, Denoising strength: 0.4, Hires upscale: 2"))
    assert draft.strength is None
    assert "second pass" in draft.warnings[0]
    assert draft_of(parse(f"{INFO}, Denoising strength: 0.4")).strength == "0.4"


def test_the_history_page_of_fooocus():
    text = ("Prompt: a fox,\nBREAK\nred\nNegative Prompt: blur\nFooocus V2 Expansion: x\n"
            "Resolution: (640, 384), Sharpness: 2\nGuidance Scale: 7, ADM Guidance: (1.2, 3.4)\n"
            "Base Model: dream, Refiner Model: None\nSampler: dpmpp_2m, Scheduler: karras\n"
            "Seed: 42")  # fmt: skip
    got = _settings_of({"sidecar": text})
    assert got.request.prompt == "a fox,\nBREAK\nred"
    assert got.request.negative_prompt == "blur"
    assert (got.request.width, got.request.height, got.request.seed) == (640, 384, 42)
    assert (got.request.guidance_scale, got.request.model) == (7, "dream")


def test_envelopes_within_envelopes_end():
    """More of them than Python may recurse, and more than JSON may."""
    for count in (2, 9, 500, 5000):
        _settings_of({"prompt": '{"prompt":' * count + json.dumps(graph()) + "}" * count})
    assert _settings_of({"prompt": '{"prompt":' * 3 + json.dumps(graph()) + "}" * 3}).request.seed
