"""Graphs of every shape: the sampler is found, or every text is shown."""

import json

from hypothesis import given
from hypothesis import strategies as st

from studio.library.metadata.comfy import read_graph
from studio.library.metadata.draft import to_request


def node(kind: str, **inputs):
    return {"class_type": kind, "inputs": inputs}


def graph(**changes):
    nodes = {
        "4": node("CheckpointLoaderSimple", ckpt_name="dream.safetensors"),
        "5": node("EmptyLatentImage", width=640, height=384, batch_size=1),
        "6": node("CLIPTextEncode", text="a fox", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blur", clip=["4", 1]),
        "3": node("KSampler", seed=42, steps=20, cfg=7.5, sampler_name="dpmpp_2m",
                  scheduler="karras", denoise=1.0, model=["4", 0], positive=["6", 0],
                  negative=["7", 0], latent_image=["5", 0]),
    }  # fmt: skip
    return nodes | changes


def test_the_plain_graph():
    request, found, warnings = to_request(read_graph(graph()))
    assert (request.prompt, request.negative_prompt) == ("a fox", "blur")
    assert (request.seed, request.steps, request.guidance_scale) == (42, 20, 7.5)
    assert (request.width, request.height) == (640, 384)
    assert (request.sampler, request.schedule) == ("DPM++ 2M", "karras")
    assert request.model == "dream.safetensors"
    assert "strength" not in found
    assert warnings == ()


def test_values_behind_links_and_hex_seeds():
    changes = {
        "20": node("PrimitiveNode", value="a wolf"),
        "21": node("CR Seed", seed="0x2a"),
        "6": node("CLIPTextEncode", text=["20", 0], clip=["4", 1]),
    }
    sampler = graph()["3"]
    sampler["inputs"]["seed"] = ["21", 0]
    request, _, _ = to_request(read_graph(graph(**changes, **{"3": sampler})))
    assert request.prompt == "a wolf"
    assert request.seed == 42


def test_the_first_pass_is_taken_not_the_refinement():
    second = node("KSampler", seed=1, steps=10, cfg=3.0, sampler_name="euler", scheduler="normal",
                  denoise=0.4, model=["4", 0], positive=["7", 0], negative=["6", 0],
                  latent_image=["3", 0])  # fmt: skip
    request, _, _ = to_request(read_graph({"1": second, **graph()}))
    assert request.steps == 20


def test_custom_samplers_of_flux():
    nodes = {
        "1": node("SamplerCustomAdvanced", noise=["2", 0], guider=["3", 0], sampler=["4", 0],
                  sigmas=["5", 0], latent_image=["6", 0]),
        "2": node("RandomNoise", noise_seed=99),
        "3": node("BasicGuider", model=["7", 0], conditioning=["8", 0]),
        "4": node("KSamplerSelect", sampler_name="euler"),
        "5": node("BasicScheduler", scheduler="simple", steps=4, denoise=1.0, model=["7", 0]),
        "6": node("EmptySD3LatentImage", width=1024, height=512),
        "7": node("UNETLoader", unet_name="flux.safetensors"),
        "8": node("FluxGuidance", conditioning=["9", 0], guidance=3.5),
        "9": node("CLIPTextEncode", text="a fox", clip=["10", 0]),
    }  # fmt: skip
    request, _, _ = to_request(read_graph(nodes))
    assert (request.prompt, request.seed, request.steps) == ("a fox", 99, 4)
    assert (request.width, request.model) == (1024, "flux.safetensors")


def test_without_a_sampler_every_text_is_shown():
    nodes = {"1": node("CLIPTextEncode", text="one"), "2": node("PromptThing", prompt="two")}
    draft = read_graph(nodes)
    assert draft.prompt == "one\ntwo"
    assert draft.warnings


def test_a_ring_of_links_ends():
    nodes = graph(**{"6": node("A", text=["8", 0]), "8": node("B", text=["6", 0])})
    assert read_graph(nodes).prompt != "a fox"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([["3", 0], ["6", 0], "positive", "seed"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["inputs", "class_type", "positive", "negative", "seed", "steps", "cfg",
                         "sampler_name", "text", "3", "6", "model"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["3", "4", "5", "6", "7"]), JSON, max_size=5))
def test_any_graph(changes):
    draft = read_graph(json.loads(json.dumps(graph() | changes)))
    to_request(draft)
