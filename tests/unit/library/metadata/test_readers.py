"""What each program writes, one short made-up example each."""

import json

import pytest

from studio.library.metadata.read import _settings_of

EXPECTED = {"prompt": "a fox", "negative_prompt": "blur", "steps": 20, "seed": 42,
            "guidance_scale": 6.5, "width": 640, "height": 384}  # fmt: skip
CASES = {
    "InvokeAI": {
        "invokeai_metadata": json.dumps({
            "positive_prompt": "a fox", "negative_prompt": "blur", "width": 640, "height": 384,
            "seed": 42, "cfg_scale": 6.5, "steps": 20, "scheduler": "dpmpp_2m_k",
            "model": {"name": "dream", "hash": "blake3:00"},
        })
    },
    "NovelAI": {
        "Software": "NovelAI", "Source": "NovelAI Diffusion V4 0011AABB",
        "Comment": json.dumps({
            "prompt": "a fox", "uc": "blur", "steps": 20, "scale": 6.5, "seed": 42, "width": 640,
            "height": 384, "sampler": "k_dpmpp_2m", "noise_schedule": "karras",
        }),
    },
    "SwarmUI": {
        "parameters": json.dumps({"sui_image_params": {
            "prompt": "a fox", "negativeprompt": "blur", "steps": "20", "cfgscale": 6.5,
            "seed": 42, "width": 640, "height": 384, "sampler": "dpmpp_2m", "scheduler": "karras",
        }})
    },
    "Fooocus": {
        "fooocus_scheme": "fooocus",
        "parameters": json.dumps({
            "prompt": "a fox", "negative_prompt": "blur", "steps": 20, "guidance_scale": 6.5,
            "seed": "42", "resolution": "(640, 384)", "sampler": "dpmpp_2m",
            "scheduler": "karras", "base_model": "dream.safetensors",
        }),
    },
    "Draw Things": {
        "Software": "Draw Things",
        "Comment": json.dumps({
            "c": "a fox", "uc": "blur", "steps": 20, "scale": 6.5, "seed": 42, "size": "640x384",
            "sampler": "DPM++ 2M Karras", "model": "dream.ckpt",
        }),
    },
    "Easy Diffusion": {
        "prompt": "a fox", "negative_prompt": "blur", "num_inference_steps": "20",
        "guidance_scale": "6.5", "seed": "42", "width": "640", "height": "384",
        "sampler_name": "dpmpp_2m", "use_stable_diffusion_model": "dream",
    },
    "Stability Matrix": {
        "smproj": "{}",
        "parameters-json": json.dumps({
            "PositivePrompt": "a fox", "NegativePrompt": "blur", "Steps": 20, "CfgScale": 6.5,
            "Seed": 42, "Width": 640, "Height": 384, "Sampler": "DPM++ 2M Karras",
        }),
    },
    "TensorArt": {
        "generation_data": json.dumps({
            "prompt": "a fox", "negativePrompt": "blur", "steps": 20, "cfgScale": 6.5,
            "seed": "42", "width": 640, "height": 384, "ksamplerName": "dpmpp_2m",
            "schedule": "karras", "baseModel": {"modelFileName": "dream"},
        }) + "\0"
    },
    "": {
        "parameters": json.dumps({
            "prompt": "a fox", "negative_prompt": "blur", "num_inference_steps": 20,
            "guidance_scale": 6.5, "seed": 42, "resolution": "640 x 384",
            "sampler": "DPM++ 2M Karras",
        })
    },
}  # fmt: skip


@pytest.mark.parametrize("program", CASES)
def test_each_program(program):
    got = _settings_of(CASES[program])
    assert got.generator == program
    assert {name: getattr(got.request, name) for name in EXPECTED} == EXPECTED
    assert got.request.sampler == "DPM++ 2M"
    assert set(EXPECTED) <= got.found
    assert got.raw


def test_the_old_invokeai():
    image = {"prompt": [{"prompt": "a fox [blur]"}], "steps": 20, "cfg_scale": 6.5, "seed": 42,
             "width": 640, "height": 384, "sampler": "k_euler_a"}  # fmt: skip
    texts = {"sd-metadata": json.dumps({"model_weights": "dream", "image": image})}
    got = _settings_of(texts)
    assert (got.request.prompt, got.request.negative_prompt) == ("a fox", "blur")
    assert got.request.sampler == "Euler a"
    assert got.request.model == "dream"


def test_novelai_four_has_captions_for_each_character():
    comment = {"prompt": "2girls", "uc": "blur", "seed": 1, "v4_prompt": {"caption": {
        "base_caption": "2girls", "char_captions": [{"char_caption": "red hair"}]}}}  # fmt: skip
    got = _settings_of({"Software": "NovelAI", "Comment": json.dumps(comment)})
    assert got.request.prompt == "2girls\nred hair"


@pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', "{}", "[" * 100_000, '{"a":' * 50_000])
@pytest.mark.parametrize(
    "place", ["parameters", "Comment", "invokeai_metadata", "prompt", "UserComment", "sd-metadata",
              "generation_data", "parameters-json", "stealth", "fooocus_scheme"],
)  # fmt: skip
def test_broken_json_anywhere(place, text):
    _settings_of({place: text, "Software": "NovelAI"})
