"""Latent Studio: a desktop image studio that shows how a diffusion model makes each picture."""

__version__ = "0.1.0"
