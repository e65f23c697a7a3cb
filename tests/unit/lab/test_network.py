"""The small network's shapes and its mix of input and output."""

from __future__ import annotations

import pytest
import torch

from studio.lab.network import ToyNetwork
from studio.lab.process import Process


@pytest.mark.parametrize("name", ["diffusion", "flow"])
def test_noise_and_guess_describe_the_same_point(name):
    process = Process(name)
    network = ToyNetwork(process, 3, torch.Generator().manual_seed(0))
    x = torch.randn(7, 2, generator=torch.Generator().manual_seed(1))
    for share in (0.1, 0.5, 0.99):
        level = process.at(share)
        a, s = torch.full((7, 1), level.a), torch.full((7, 1), level.s)
        labels = torch.full((7,), network.no_class)
        shares = torch.full((7, 1), process.share(level))
        noise = network.noise(x, shares, a, s, labels).detach()
        rebuilt = level.a * network.x0(x, level, None) + level.s * noise
        torch.testing.assert_close(rebuilt, x, atol=1e-4, rtol=1e-4)


def test_classes_differ_and_the_seed_decides():
    make = lambda seed: ToyNetwork(Process(), 2, torch.Generator().manual_seed(seed))  # noqa: E731
    x, level = torch.ones(1, 2), Process().at(0.3)
    assert not torch.equal(make(0).x0(x, level, 0), make(0).x0(x, level, 1))
    assert torch.equal(make(0).x0(x, level, 0), make(0).x0(x, level, 0))
    assert not torch.equal(make(0).x0(x, level, 0), make(1).x0(x, level, 0))
