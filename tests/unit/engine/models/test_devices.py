from __future__ import annotations

import os

import pytest
import torch

from studio.engine.errors import StudioError
from studio.engine.models import devices


def test_one_core_is_left_to_the_window():
    assert [devices.thread_count(cores) for cores in (1, 2, 4, 16)] == [1, 1, 3, 15]


def test_the_environment_is_offline_and_waits_asleep(monkeypatch):
    for name in (*devices.OFFLINE, *devices.PASSIVE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    devices.prepare_environment()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_the_users_own_number_of_threads_wins(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert devices.set_threads() == before
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert devices.set_threads() >= 1
    torch.set_num_threads(before)


def test_the_processor_computes_in_float32():
    assert devices.pick_device("cpu") == devices.Device("cpu", torch.float32)
    assert devices.pick_device("auto").name in ("cpu", "cuda", "mps")
    with pytest.raises(ValueError, match="abacus"):
        devices.pick_device("abacus")


@pytest.mark.parametrize(("is_new", "dtype"), [(True, torch.bfloat16), (False, torch.float16)])
def test_older_gpus_compute_in_float16(monkeypatch, is_new, dtype):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    def is_supported(including_emulation=True):
        return is_new or including_emulation  # an older card emulates it, very slowly

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    assert devices.pick_device("auto") == devices.Device("cuda", dtype)


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_told_in_words(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(StudioError, match=name) as caught:
        devices.pick_device(name)
    assert "doctor" in caught.value.hint
