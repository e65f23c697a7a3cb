"""The phenomena of sampling and guidance, on fixed seeds, with the engine's own rule."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import InvalidRequest
from studio.lab.distance import class_accuracy, off_the_data, sliced_wasserstein, spread
from studio.lab.laboratory import run, sample_task
from studio.lab.process import Process
from studio.lab.settings import SampleSettings


@pytest.fixture(scope="module")
def cloud(spiral):
    """Sample from the exact field (or a network), 800 points."""

    def sample(network=None, **settings):
        return run(sample_task(spiral, SampleSettings(count=800, **settings), network))

    return sample


@pytest.fixture(scope="module")
def ddpm(cloud):
    return cloud(sampler="DDPM", steps=200)


def distance(paths, data):
    return sliced_wasserstein(paths.end, data.points)


def test_with_noise_the_points_land_on_the_spiral(ddpm, spiral):
    assert distance(ddpm, spiral) < 0.06
    assert off_the_data(ddpm.end, spiral) < 0.02


def test_without_the_noise_they_collapse_to_the_inside(cloud, ddpm, spiral):
    removed = cloud(sampler="DDPM, noise removed", steps=200)
    assert distance(removed, spiral) > 3 * distance(ddpm, spiral)
    radius = np.linalg.norm(removed.end, axis=1).mean()
    assert radius < 0.6 * np.linalg.norm(spiral.points, axis=1).mean()


def test_ddim_needs_a_tenth_of_the_steps(cloud, ddpm, spiral):
    few = cloud(sampler="DDIM", steps=20)
    assert distance(few, spiral) < 1.5 * distance(ddpm, spiral)
    assert np.array_equal(few.x, cloud(sampler="DDIM", steps=20).x)


def test_a_second_order_sampler_needs_fewer_still(cloud, spiral):
    euler, second = (cloud(sampler=name, steps=8) for name in ("Euler", "DPM++ 2M"))
    assert distance(second, spiral) < distance(euler, spiral)


def test_flow_matching_arrives_as_well(cloud, spiral):
    flow = cloud(process=Process("flow"), sampler="Euler", steps=30)
    assert distance(flow, spiral) < 0.06


def test_the_learned_field_samples_the_spiral_and_collapses_without_noise(cloud, learned, spiral):
    good = cloud(learned.network, sampler="DDPM", steps=60)
    removed = cloud(learned.network, sampler="DDPM, noise removed", steps=60)
    assert distance(good, spiral) < 0.15
    assert distance(removed, spiral) > 2.5 * distance(good, spiral)


def test_guidance_clears_up_the_confusion_of_classes(cloud, learned, spiral):
    shares = []
    for scale in (0.0, 1.0, 3.0):
        end = cloud(learned.network, label=1, guidance_scale=scale).end
        shares.append(class_accuracy(end, spiral, 1))
    assert shares[0] < 0.5 < shares[1] < shares[2]
    assert shares[2] > 0.97


def test_too_much_guidance_is_too_narrow(cloud, spiral):
    own = spread(spiral.of_class(0))
    spreads = [spread(cloud(label=0, guidance_scale=g).end) for g in (1.0, 2.0, 6.0)]
    assert spreads[0] == pytest.approx(own, rel=0.1)
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[2] < 0.5 * own


def test_a_negative_class_pushes_away(cloud, spiral):
    plain = class_accuracy(cloud().end, spiral, 0)
    pushed = class_accuracy(cloud(negative=0, guidance_scale=3.0).end, spiral, 0)
    assert plain > 0.25
    assert pushed < 0.25 * plain


def test_paths_tell_model_steps_from_noise_steps(cloud):
    noisy, still = cloud(sampler="DDPM", steps=5), cloud(sampler="DDIM", steps=5)
    assert noisy.x.shape == (6, 800, 2)
    assert noisy.x0.shape == noisy.moved.shape == (5, 800, 2)
    assert np.array_equal(still.moved, still.x[1:])
    added = noisy.x[1:-1] - noisy.moved[:-1]
    for i, level in enumerate(noisy.levels[1:-1]):
        assert 0.2 * level.s < added[i].std() <= 1.1 * level.s
    assert np.array_equal(noisy.moved[-1], noisy.x[-1])
    assert noisy.levels[-1].s == 0


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"steps": 0}, "steps"), ({"steps": 100_000}, "steps"), ({"count": 0}, "count"),
     ({"count": 5_000}, "count"), ({"sampler": "PLMS"}, "sampler"),
     ({"schedule": "cosine"}, "schedule")],
)  # fmt: skip
def test_impossible_settings_are_said_in_words(spiral, settings, field):
    with pytest.raises(InvalidRequest) as caught:
        run(sample_task(spiral, SampleSettings(**settings)))
    assert caught.value.field == field
    assert caught.value.hint
