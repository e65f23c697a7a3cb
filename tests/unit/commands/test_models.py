"""`studio models` lists what is there and what is wrong with it."""

import json
from pathlib import Path

import pytest

from studio.cli import Headless, main
from studio.engine.models.catalog import ModelInfo

GOOD = ModelInfo(id="dream", name="Dream 5", path=Path("models/dream"), family="sd",
                 size_bytes=2_000_000_000)  # fmt: skip
BAD = ModelInfo(id="old", name="old", path=Path("models/old.ckpt"), problem="It could run code.",
                hint="Convert it to safetensors.")  # fmt: skip


@pytest.fixture
def there(monkeypatch, home):
    def put(*infos):
        engine = type("Engine", (), {"models": lambda self: list(infos)})()
        monkeypatch.setattr(Headless, "engine", lambda self: engine)

    return put


def test_for_people(there, capsys):
    there(GOOD, BAD)
    assert main(["models"]) == 0
    shown = capsys.readouterr().out
    assert "✓ dream (Dream 5): sd, 512×512, 2,000 MB" in shown
    assert "✗ old: It could run code. Convert it to safetensors." in shown


def test_for_programs(there, capsys, home):
    there(GOOD, BAD)
    assert main(["models", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [m["id"] for m in facts["models"]] == ["dream", "old"]
    assert facts["models"][1]["problem"] == "It could run code."
    assert str(home.models) in facts["folders"]


@pytest.mark.parametrize("infos", [(), (BAD,)])
def test_no_model_that_works(there, capsys, home, infos):
    there(*infos)
    assert main(["models"]) == 1
    assert str(home.models) in capsys.readouterr().err


def test_a_path_in_the_users_home_is_shown_short(there, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    there(ModelInfo(id="a", name="a", path=tmp_path / "models" / "a"))
    main(["models"])
    assert "~/models/a" in capsys.readouterr().out
