from __future__ import annotations

import numpy as np
import torch

from studio.engine.models import codec
from tests import tiny_models


@torch.no_grad()
def test_encode_is_the_mean_in_the_denoisers_scale():
    vae = tiny_models.vae(scaling_factor=0.5, shift_factor=0.1)
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    mean = vae.encode(picture).latent_dist.mean
    assert torch.allclose(codec.encode(vae, picture), (mean - 0.1) * 0.5)
    latents = codec.encode(vae, picture)
    assert torch.allclose(codec.decode(vae, latents), vae.decode(mean)[0], atol=1e-5)


@torch.no_grad()
def test_a_tiny_autoencoder_works_too():
    from diffusers import AutoencoderTiny

    vae = AutoencoderTiny(
        latent_channels=8, encoder_block_out_channels=(8, 8, 8, 8), num_encoder_blocks=(1, 1, 1, 1),
        decoder_block_out_channels=(8, 8, 8, 8), num_decoder_blocks=(1, 1, 1, 1),
        scaling_factor=2.0,
    ).eval()  # fmt: skip
    picture = torch.zeros(1, 3, 64, 64)
    latents = codec.encode(vae, picture)
    assert torch.allclose(latents, 2 * vae.encode(picture).latents)
    assert codec.decode(vae, latents).shape == (1, 3, 64, 64)
    assert codec.decode_in_tiles(vae, latents).shape == (1, 3, 64, 64)


def test_full_precision_is_given_back():
    vae = tiny_models.vae().to(torch.bfloat16)
    with torch.no_grad():
        picture = codec.in_full_precision(vae, torch.zeros(1, 4, 8, 8))
    assert picture.dtype == torch.float32
    assert next(vae.parameters()).dtype == torch.bfloat16


def test_to_picture_clamps_and_rounds():
    row = torch.tensor([-3.0, -1.0, 0.0, 1.0, 9.0]).expand(1, 3, 1, 5)
    picture = codec.to_picture(row)
    assert picture.shape == (1, 5, 3)
    assert picture.dtype == np.uint8
    assert picture[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_is_whole():
    assert codec.is_whole(torch.zeros(3))
    assert not codec.is_whole(torch.tensor([0.0, torch.nan]))
    assert not codec.is_whole(torch.tensor([torch.inf]))
