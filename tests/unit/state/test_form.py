from __future__ import annotations

import pytest

from studio.engine.request import (
    PROMPT_LIMIT,
    SEED_MAX,
    GenerationRequest,
    from_json,
    validate,
)
from studio.library.home import SETTINGS_MAX
from studio.state.form import RANDOM
from studio.state.settings import Settings
from tests.unit.state.conftest import Engine, make_studio, model


def test_an_edit_tells_once_what_has_changed(studio):
    seen = []
    studio.form.form_changed.connect(seen.append)
    studio.form.edit(steps=9, prompt="a fox", guidance_scale=studio.form.request.guidance_scale)
    studio.form.edit(steps=9)
    assert seen == [frozenset({"steps", "prompt"})]


def test_defaults_come_from_the_model(studio, qtbot):
    with qtbot.waitSignal(studio.form.defaults_changed):
        studio.models.refresh()
    form = studio.form
    assert (form.request.steps, form.request.guidance_scale) == (6, 4.0)
    assert (form.request.width, form.request.height) == (64, 64)
    assert not form.is_changed("steps")
    form.edit(steps=30)
    assert form.is_changed("steps")
    form.reset(["steps"])
    assert form.request.steps == 6


def test_what_the_user_has_set_survives_a_restart_and_the_scan(home, qtbot):
    first = make_studio(home)
    first.form.edit(prompt="ein Fuchs 🦊", steps=33, seed=2**32 - 1, eta=0.5, batch=4)
    assert first.close()
    second = make_studio(home)
    with qtbot.waitSignal(second.models.models_changed):
        second.models.refresh()
    assert second.form.request == first.form.request
    assert second.form.batch == 4
    assert second.close()


def test_a_crash_loses_at_most_the_last_moment(home, qtbot):
    first = make_studio(home)
    first.form.edit(prompt="typed before the crash")
    qtbot.waitUntil(home.settings_file.exists, timeout=3000)
    second = make_studio(home)  # the first one never said goodbye
    assert second.form.request.prompt == "typed before the crash"
    assert second.close()
    assert first.close()


def test_each_model_keeps_its_own_settings(home, qtbot):
    engine = Engine(model(defaults={"steps": 6}), model("other", defaults={"steps": 3}))
    studio = make_studio(home, engine)
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    form = studio.form
    form.edit(steps=50, prompt="stays")
    form.edit(model="other")
    assert (form.request.steps, form.request.prompt) == (3, "stays")
    form.edit(model="starter")
    assert form.request.steps == 50
    assert studio.close()


def test_a_missing_model_gives_way_to_one_that_is_there(home, qtbot):
    studio = make_studio(home, Engine(model("only")))
    studio.form.edit(model="gone")
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    assert studio.form.request.model == "only"
    assert studio.close()


def test_load_takes_only_the_wanted_fields_and_no_run_parts(studio):
    picture = GenerationRequest(prompt="p", seed=5, steps=7, parent=("take", 3))
    studio.form.load(picture, {"seed", "parent", "format"})  # a file may say more
    request = studio.form.request
    assert (request.seed, request.prompt, request.parent) == (5, "", None)
    studio.form.load(picture)
    assert (studio.form.request.prompt, studio.form.request.steps) == ("p", 7)


def test_guidance_one_says_why_the_negative_prompt_is_off(studio):
    studio.form.edit(guidance_scale=1.0)
    assert "CFG scale is 1" in studio.form.why_no_negative
    studio.form.edit(guidance_scale=1.5)
    assert studio.form.why_no_negative == ""


def test_long_prompts_never_make_the_settings_file_one_that_is_refused(studio):
    """200 prompts of the longest kind were 4 MB and more: all settings were set aside then."""
    studio.settings.set("prompt_history", [7, "kept"])  # a strange file
    for number in range(60):
        studio.form.remember_prompt(f"{number:02}" + "\N{CAT}" * (PROMPT_LIMIT - 2))
    history = studio.form.prompt_history
    assert history[0].startswith("59")
    assert 10 < len(history) < 60
    assert 0 < len(studio.settings._to_bytes()) < SETTINGS_MAX
    studio.settings.save_now()
    assert studio.settings.problem == ""
    assert Settings(studio.home.settings_file).get("prompt_history") == history


def test_prompt_history_is_newest_first_without_repeats(studio):
    for prompt in ("a", "b", "  ", "a"):
        studio.form.remember_prompt(prompt)
    assert studio.form.prompt_history == ["a", "b"]


@pytest.mark.parametrize("nonsense", [
    {"request": {"seed": -9, "steps": 10**9, "width": 1, "prompt": 5}},
    {"request": [1, 2], "batch": "many", "prompt_history": [1, None]},
    {"model_requests": {"starter": 5}},
])  # fmt: skip
def test_nonsense_in_the_settings_file_is_brought_into_range(home, qtbot, nonsense):
    import json

    home.settings_file.parent.mkdir(parents=True)
    home.settings_file.write_text(json.dumps(nonsense))
    studio = make_studio(home)
    request = studio.form.request
    assert request.seed >= RANDOM
    assert 1 <= request.steps <= 1000
    assert 64 <= request.width <= 4096
    assert studio.form.prompt_history == []
    studio.form.edit(model="another")
    studio.form.edit(model="starter")
    assert studio.close()


@pytest.mark.parametrize("claim", [
    {"steps": 10**12}, {"width": 10**12}, {"height": -(10**30)}, {"seed": -5},
    {"variation_seed": 10**30}, {"noise_seed": 2**40}, {"guidance_scale": 1e308},
    {"guidance_rescale": 1e300}, {"guidance_start": -1e300}, {"strength": -3.0},
    {"variation_strength": 1e9}, {"eta": "inf"}, {"noise": 1e300},
])  # fmt: skip
def test_no_number_of_a_strangers_file_is_too_large_for_the_window(studio, home, claim):
    """The panels raised OverflowError, and again at every start: the settings held it."""
    [name] = claim
    low, high = {"steps": (1, 1000), "width": (64, 4096), "height": (64, 4096),
                 "guidance_scale": (0, 100), "eta": (0, 2), "noise": (0, 10),
                 "seed": (RANDOM, SEED_MAX)}.get(name, (0, SEED_MAX))  # fmt: skip
    studio.form.load(from_json(claim))
    assert low <= getattr(studio.form.request, name) <= high
    validate(studio.form.request.edit(seed=1))
    studio.settings.set("request", claim)
    studio.settings.save_now()
    again = make_studio(home)
    assert low <= getattr(again.form.request, name) <= high
    assert again.close()


def test_a_form_shows_the_loras_of_a_picture_as_words(ready):
    ready.form.load(GenerationRequest(prompt="a fox", loras=(("fur", 0.5),)))
    assert ready.form.request.prompt == "a fox <lora:fur:0.5>"
    assert ready.form.request.loras == ()
