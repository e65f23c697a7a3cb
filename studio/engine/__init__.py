"""Text to image: models, the denoising loop, samplers, guidance. Imports no Qt."""
