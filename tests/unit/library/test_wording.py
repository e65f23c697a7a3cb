from __future__ import annotations

import time
from pathlib import Path

import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.models.catalog import ModelInfo
from studio.engine.request import GenerationRequest
from studio.library.wording import Wording, with_loras, without_loras


def model(id, **facts):
    return ModelInfo(id=id, **{"name": id.title(), "path": Path("/nowhere") / id} | facts)


class Known:
    """Two LoRAs on disk, one of them broken."""

    loras = (
        model("fur", kind="lora", path=Path("/m/Fur.v1.safetensors")),
        model("bad", kind="lora", path=Path("/m/bad.safetensors"), problem="It is cut short."),
    )


@pytest.fixture
def wording(tmp_path):
    folder = tmp_path / "lists"
    (folder / "animals").mkdir(parents=True)
    (folder / "animals" / "cat.txt").write_text("# cats\n\nlion\n tiger \n")
    (folder / "scene.txt").write_text("a __animals/cat__ in snow\n")
    (folder / "loop.txt").write_text("x __loop__\n")
    (folder / "none.txt").write_text("")
    return Wording(Known(), folder)


def run(wording, prompt, **more):
    return wording.apply(GenerationRequest(prompt=prompt, **more))


def test_a_list_gives_one_of_its_lines_by_the_seed_alone(wording):
    seen = {run(wording, "a __Animals/CAT__, ice", seed=s).prompt for s in range(20)}
    assert seen == {"a lion, ice", "a tiger, ice"}
    assert run(wording, "__scene__", seed=3) == run(wording, "__scene__", seed=3)
    assert run(wording, "__scene__").prompt in ("a lion in snow", "a tiger in snow")
    assert run(wording, "x", negative_prompt="__none__y").negative_prompt == "y"


def test_lists_that_are_missing_or_name_themselves_are_refused_in_words(wording):
    with pytest.raises(InvalidRequest, match=r"no list called dogs") as said:
        run(wording, "a __dogs__")
    assert (said.value.field, "dogs.txt" in said.value.hint) == ("prompt", True)
    with pytest.raises(InvalidRequest, match="circle"):
        run(wording, "__loop__")
    with pytest.raises(InvalidRequest, match="no list called"):
        run(wording, "__x/../../etc/passwd__")


def test_loras_leave_the_words_and_act(wording):
    asked = run(wording, "a fox, <lora:fur.v1:0.8>, snow <LORA:FUR>")
    assert asked.prompt == "a fox, snow"
    assert asked.loras == (("fur", 1.0),)
    assert run(wording, "a, , b").prompt == "a, , b"
    with pytest.raises(InvalidRequest, match="no LoRA called wool"):
        run(wording, "<lora:wool:1>")
    with pytest.raises(InvalidRequest, match="weight"):
        run(wording, "<lora:fur:lots>")


def test_a_lora_of_another_program_is_not_left_among_the_words(wording):
    """Two weights, or one by layers: it acted as words, and nobody said so."""
    for tag in ("<lora:fur:0.8:0.5>", "<LoRA:fur:1:lbw=MIDD>", "<lora:>", "<lora::1>"):
        with pytest.raises(InvalidRequest, match="not understood"):
            run(wording, f"a fox {tag}, red")
    assert run(wording, "a < b, c > d <lora").prompt == "a < b, c > d <lora"


def test_a_list_from_a_windows_editor_begins_with_its_first_line(wording):
    (wording.folder / "bom.txt").write_bytes("\ufeff# remark\r\nfluffy\r\n".encode())
    assert {run(wording, "__bom__", seed=seed).prompt for seed in range(20)} == {"fluffy"}


def test_what_is_written_comes_back(wording):
    written = with_loras("a fox", [("sub/Fur.v1.safetensors", 0.75)])
    assert written == "a fox <lora:Fur.v1:0.75>"
    assert run(wording, written).loras == (("fur", 0.75),)
    assert without_loras(written) == "a fox"


@pytest.mark.parametrize("weight", [1.0, 0.8, 0.1234567, -2 / 3, 1 / 3, 1e-07])
def test_a_weight_comes_back_as_it_was(wording, weight):
    """Rounded, it would draw another picture from the same settings."""
    assert run(wording, with_loras("a fox", [("fur", weight)])).loras == (("fur", weight),)


def test_a_lora_whose_name_has_a_comma(wording):
    wording._models.loras = (model("my, fur", kind="lora", path=Path("/m/my, fur.safetensors")),)
    asked = run(wording, "a fox, <lora:my, fur:0.5>, snow")
    assert (asked.prompt, asked.loras) == ("a fox, snow", (("my, fur", 0.5),))


def test_names_to_offer(wording):
    assert wording.lora_names() == ["Fur.v1"]
    assert wording.list_names() == ["animals/cat", "loop", "none", "scene"]
    assert Wording(Known(), Path("/nowhere/at/all")).list_names() == []


def test_a_long_prompt_costs_no_time(wording):
    begin = time.monotonic()
    run(wording, ("<lora:" + " ," * 9000)[:19_000])
    run(wording, "_" * 19_000)
    run(wording, "<lora:fur>" * 1900)
    assert time.monotonic() - begin < 1
