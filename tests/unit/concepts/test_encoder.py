"""Encoding: unit vectors, the same whichever way they are batched."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from studio.engine.errors import Cancelled
from tests.unit.concepts.conftest import picture


def test_vectors_are_unit_and_repeat(encoder):
    texts = encoder.texts(["a hat", "a photo of a red dog", "hat"])
    pictures = encoder.pictures([encoder.prepare(picture(seed=i)) for i in range(3)])
    for vectors in (texts, pictures):
        assert vectors.shape == (3, 24)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(texts, encoder.texts(["a hat", "a photo of a red dog", "hat"]))


def test_cut_texts_give_the_same_as_full_length(encoder):
    full = encoder._towers._model
    tokens = encoder._tokenize(["a hat", "a photo of a red dog"])
    expected = torch.nn.functional.normalize(full.encode_text(tokens), dim=-1)
    got = encoder.texts(["a hat", "a photo of a red dog"])
    np.testing.assert_allclose(got, expected.detach().numpy(), atol=1e-6)


def test_a_texts_vector_does_not_depend_on_its_companions(encoder):
    alone = encoder.texts(["hat"])
    among = encoder.texts(["a photo of a red cat", "hat", "dog"])
    np.testing.assert_allclose(alone[0], among[1], atol=1e-6)


def test_features_agree_with_prepared_pictures(encoder):
    image = picture(seed=1, size=(32, 32))
    prepared = encoder.pictures([encoder.prepare(image)])
    x = torch.from_numpy(np.asarray(image).transpose(2, 0, 1)[None].copy()).float() / 255
    x.requires_grad_()
    features = encoder.features(x)
    np.testing.assert_allclose(features.detach().numpy(), prepared, atol=1e-5)
    (gradient,) = torch.autograd.grad(features[0, 0], x)
    assert gradient.abs().sum() > 0


def test_a_panorama_is_seen_to_its_edges(encoder):
    wide = picture(size=(200, 50))
    wide.paste((0, 0, 255), (0, 0, 40, 50))
    assert encoder.prepare(wide).shape == (3, 3, 32, 32)
    assert encoder.prepare(picture()).shape == (1, 3, 32, 32)
    plain = encoder.pictures([encoder.prepare(picture(size=(200, 50)))])
    assert float(plain[0] @ encoder.pictures([encoder.prepare(wide)])[0]) < 0.9999


def test_stopping_between_batches(encoder):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        encoder.texts(["a"], stop=stop)


def test_nothing_to_encode(encoder):
    assert encoder.texts([]).shape == (0, 24)
    assert encoder.pictures([]).shape == (0, 24)
