"""Train the small network while one watches: a generator for the job queue."""

from __future__ import annotations

import copy
import math
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from studio.lab.data import PointSet
from studio.lab.exact import Denoiser
from studio.lab.network import ToyNetwork
from studio.lab.settings import OBJECTIVES, TrainProgress, TrainSettings

LEARNING_RATE = 3e-3
WARM_UP = 50  # steps
NO_CLASS_SHARE = 0.2  # of the examples lose their class, for guidance
REPORT_EVERY = 25  # steps; a report is also where a stop is heard
SNAPSHOT_SECONDS = 0.3
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Batch:
    x: Tensor  # [B, 2]
    share: Tensor  # [B, 1]
    a: Tensor
    s: Tensor
    labels: Tensor  # [B]
    target: Tensor  # [B, 2], whose mean given x is the total noise, for both objectives


class _Examples:
    """Draws noised points from the forward walk of a data set."""

    def __init__(self, data: PointSet, settings: TrainSettings) -> None:
        chain = settings.process.chain(settings.walk_steps)
        self._points = torch.from_numpy(data.points)
        self._labels = torch.from_numpy(data.labels)
        self._no_class = len(data.class_names)
        self._a = torch.tensor([1.0, *(level.a for level in chain)])
        self._s = torch.tensor([0.0, *(level.s for level in chain)])
        self._share = torch.tensor([0.0, *(settings.process.share(level) for level in chain)])
        self._is_total = settings.objective == OBJECTIVES[0]

    def draw(self, count: int, generator: torch.Generator) -> _Batch:
        chosen = torch.randint(len(self._points), (count,), generator=generator)
        k = torch.randint(1, len(self._a), (count,), generator=generator)
        before, z = torch.randn(2, count, 2, generator=generator)
        a, s, a_before, s_before = (v[:, None] for v in (
            self._a[k], self._s[k], self._a[k - 1], self._s[k - 1]))  # fmt: skip
        keep = a / a_before
        added = (s.square() - (keep * s_before).square()).clamp_min(0).sqrt()
        total = (keep * s_before * before + added * z) / s
        # z is the share added / s of the total noise, so z's own mean is that share of its mean.
        target = total if self._is_total else z * (s / added)
        drop = torch.rand(count, generator=generator) < NO_CLASS_SHARE
        labels = torch.where(drop, self._no_class, self._labels[chosen])
        x = a * self._points[chosen] + s * total
        return _Batch(x, self._share[k][:, None], a, s, labels, target)


def _loss(network: ToyNetwork, batch: _Batch) -> Tensor:
    """The mean squared error of the noise, weighted so that all levels count alike."""
    noise = network.noise(batch.x, batch.share, batch.a, batch.s, batch.labels)
    weight = 1 / (batch.a.square() + 0.01)
    return (weight * (noise - batch.target).square()).sum(1).mean()


class _Adam:
    """Adam (Kingma & Ba 2015, alg. 1) by hand.

    torch.optim's pulls in the compiler at its first use: several seconds, and an import that is not
    safe beside another thread's work.
    """

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self._parameters = parameters
        self._means = [torch.zeros_like(p) for p in parameters]
        self._squares = [torch.zeros_like(p) for p in parameters]
        self._step = 0

    @torch.no_grad()
    def step(self, gradients: tuple[Tensor, ...], rate: float) -> None:
        self._step += 1
        first, second = 1 - 0.9**self._step, 1 - 0.999**self._step
        rows = zip(self._parameters, gradients, self._means, self._squares, strict=True)
        for parameter, gradient, mean, square in rows:
            mean.lerp_(gradient, 0.1)
            square.lerp_(gradient.square(), 0.001)
            parameter.addcdiv_(mean, (square / second).sqrt_().add_(1e-8), value=-rate / first)


def freeze(network: ToyNetwork) -> Denoiser:
    """The network as it is at this moment, as a Denoiser that goes on living by itself."""
    return copy.deepcopy(network).requires_grad_(False).x0


def train(
    data: PointSet,
    settings: TrainSettings,
    *,
    paused: threading.Event | None = None,
    stop: threading.Event | None = None,
) -> Generator[TrainProgress, None, TrainProgress]:
    """Train, reporting every few steps; the last report holds the finished network.

    paused: while set, the training rests. stop: once set, every step reports, so that the caller
    can end the training at once. The same settings give the same network.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    network = ToyNetwork(settings.process, len(data.class_names), generator)
    parameters = list(network.parameters())
    adam = _Adam(parameters)
    examples, smooth, seconds, since = _Examples(data, settings), 0.0, 0.0, math.inf
    for step in range(1, settings.steps + 1):
        began = time.perf_counter()
        decay = 0.5 + 0.5 * math.cos(math.pi * step / settings.steps)
        loss = _loss(network, examples.draw(settings.batch, generator))
        gradients = torch.autograd.grad(loss, parameters)
        adam.step(gradients, LEARNING_RATE * min(1.0, step / WARM_UP) * decay)
        share = max(0.02, 1 / step)
        smooth += share * (loss.item() - smooth)
        taken = time.perf_counter() - began
        seconds, since = seconds + taken, since + taken
        is_stopping = stop is not None and stop.is_set()
        if (step % REPORT_EVERY == 0 or is_stopping) and step < settings.steps:
            snapshot = freeze(network) if since > SNAPSHOT_SECONDS else None
            since = 0.0 if snapshot is not None else since
            yield TrainProgress(step=step, steps=settings.steps, loss=smooth, seconds=seconds,
                                network=snapshot)  # fmt: skip
            while paused is not None and paused.is_set():
                time.sleep(PAUSE_SECONDS)
                yield TrainProgress(step=step, steps=settings.steps, loss=smooth, seconds=seconds)
    return TrainProgress(step=settings.steps, steps=settings.steps, loss=smooth, seconds=seconds,
                         network=freeze(network))  # fmt: skip


def gradient_noise(data: PointSet, settings: TrainSettings, batches: int = 64) -> float:
    """How much the gradient of one batch strays from the mean gradient: variance / mean square.

    Measured on the untrained network of these settings. Both objectives have the same mean
    gradient; only this number differs.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    network = ToyNetwork(settings.process, len(data.class_names), generator)
    examples, gradients = _Examples(data, settings), []
    parameters = list(network.parameters())
    for _ in range(batches):
        loss = _loss(network, examples.draw(settings.batch, generator))
        parts = torch.autograd.grad(loss, parameters)
        gradients.append(torch.cat([part.flatten() for part in parts]))
    stacked = torch.stack(gradients)
    return float(stacked.var(dim=0).sum() / stacked.mean(dim=0).square().sum())
