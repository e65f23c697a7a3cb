"""The infotext grammar, its traps, and what must survive a round trip."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.library.metadata.infotext import compose, pairs, parse, quote, unquote

USUAL = """a lighthouse, storm
second line
Negative prompt: blurry,
low quality
Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 12345, Size: 512x768, \
Model hash: 0123456789, Model: some_model_v1, Version: v1.10.1"""


def test_the_usual_text():
    got = parse(USUAL)
    assert got.prompt == "a lighthouse, storm\nsecond line"
    assert got.negative_prompt == "blurry,\nlow quality"
    assert got.fields["Sampler"] == "DPM++ 2M"
    assert got.fields["Seed"] == "12345"
    assert got.size() == (512, 768)
    assert list(got.fields)[:3] == ["Steps", "Sampler", "Schedule type"]


@pytest.mark.parametrize(
    ("text", "prompt", "negative", "some"),
    [
        ("", "", "", {}),
        ("only a prompt", "only a prompt", "", {}),
        ("a prompt\nSteps: 20, Seed: 1", "a prompt\nSteps: 20, Seed: 1", "", {}),
        ("p\nNegative prompt:\nSteps: 4, Seed: 1, Sampler: Euler", "p", "", {"Steps": "4"}),
        ("Steps: 4, Seed: 1, Sampler: Euler", "", "", {"Seed": "1"}),
        ("p\nSteps: 5, Hires steps: 15, Seed: 2, Sampler: x", "p", "", {"Steps": "5"}),
        ("steps: 3 easy ones\nSteps: 5, Seed: 2, Sampler: x", "steps: 3 easy ones", "",
         {"Seed": "2"}),
        ("p\r\nNegative prompt: n\r\nSteps: 5, Seed: 2, Sampler: x\r\n", "p", "n", {"Seed": "2"}),
        # ExifTool: newlines have become dots
        ("(black and white photography).Steps: 50, Sampler: Euler a, Seed: 3, Size: 64x64",
         "(black and white photography)", "", {"Steps": "50", "Size": "64x64"}),
        ("a cat.Negative prompt: a dog.Steps: 4, Sampler: Euler, Seed: 9", "a cat", "a dog",
         {"Seed": "9"}),
        # dynamic-prompts writes its template below
        ("p\nSteps: 4, Sampler: Euler, Seed: 9\nTemplate: __x__", "p", "", {"Seed": "9"}),
        # parameters over two lines
        ("p\nSteps: 4, Sampler: Euler, Seed: 9,\nSize: 8x8, Model: m", "p", "", {"Size": "8x8"}),
        ("日本語😀\nNegative prompt: 悪い\nSteps: 4, Sampler: x, Seed: 9", "日本語😀", "悪い", {}),
        ("  leading\n  blanks \nSteps: 4, Sampler: x, Seed: 9", "  leading\n  blanks", "", {}),
    ],
)  # fmt: skip
def test_the_traps(text, prompt, negative, some):
    got = parse(text)
    assert (got.prompt, got.negative_prompt) == (prompt, negative)
    assert some.items() <= dict(got.fields).items()
    assert got.has_parameters == bool(got.fields)


def test_json_inside_does_not_spill_out():
    line = (
        'Steps: 20, Seed: 7, Tiled Diffusion: {"Method": "x", "seed": -1, "prompt": "a, b: c"}, '
        'ControlNet 0: "Module: None, Model: None", Hashes: {"model": "4199bcdd14"}, Version: v1'
    )
    got = dict(pairs(line))
    assert got["Seed"] == "7"
    assert got["ControlNet 0"] == "Module: None, Model: None"
    assert got["Hashes"] == '{"model": "4199bcdd14"}'
    assert got["Version"] == "v1"
    assert "Model" not in got
    assert "prompt" not in got


def test_the_first_mention_wins():
    got = parse("p\nSteps: 4, Sampler: Euler, Seed: 9, Seed: 10")
    assert got.fields["Seed"] == "9"


@pytest.mark.parametrize(
    "text",
    [
        "x. " * 50_000,
        "Steps: " * 40_000,
        "a\nSteps: 1, " + 'k: "' * 40_000,
        "a\nSteps: 1, " + "k: [" * 40_000,
        "a\nSteps: 1, " + 'k: ["a: [", ' * 20_000,
        "a\nSteps: 1, k: " + "[" * 100_000,
        "a\nSteps: 1, k: " + '{"a":' * 50_000,
        "Steps: 1" + "\\" * 100_000,
        'Steps: 1, k: "' + "\\" * 100_001 + '"',
        "\n" * 200_000,
        "Negative prompt:" * 20_000,
        "w " * 100_000 + ":",
        " " * 200_000,
    ],
)
def test_hostile_text_takes_linear_time(text):
    start = time.perf_counter()
    parse(text)
    assert time.perf_counter() - start < 1.0


@given(st.text(max_size=300))
def test_any_text_is_parsed(text):
    got = parse(text)
    assert isinstance(got.prompt, str)
    assert all(isinstance(v, str) for v in got.fields.values())


@given(st.text(alphabet='Steps: ,"{}[]\\\n123xNegative prompt', max_size=200))
def test_text_made_of_the_grammars_own_letters_is_parsed(text):
    parse(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("a, b", '"a, b"'),
        ("a: b", '"a: b"'),
        ("line1\nline2", '"line1\\nline2"'),
        ("back\\slash", "back\\slash"),
        ("日本語, x", '"日本語, x"'),
        ('{"k": 1}', '"{\\"k\\": 1}"'),
        (7, "7"),
        (True, "True"),
    ],
)
def test_quoting_as_the_reference_does(value, written):
    assert quote(value) == written
    assert unquote(written) == str(value)


KEYS = st.text(string.ascii_letters + string.digits, min_size=2, max_size=12)
VALUES = (
    st.text(max_size=40)
    .map(lambda s: s.replace("\r", " ").replace("\0", "").strip())
    .filter(lambda s: s and s[0] not in '"{[' and s == s.strip())
)
PROMPTS = st.lists(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
    max_size=4,
).map("\n".join)  # fmt: skip


@given(PROMPTS, PROMPTS, st.dictionaries(KEYS, VALUES, max_size=6))
def test_what_is_composed_is_read_back(prompt, negative, more):
    if any(t.lstrip().startswith(("Steps:", "Negative prompt:", "Parameters"))
           for t in (prompt + "\n" + negative).split("\n")):  # fmt: skip
        return
    fields = {"Steps": "20", "Sampler": "Euler", "Seed": "1", **more}
    got = parse(compose(prompt, negative, fields))
    assert got.prompt == "\n".join(line.rstrip() for line in prompt.split("\n")).strip("\n")
    assert dict(got.fields) | {"Extra text": ""} == fields | {"Extra text": ""}
