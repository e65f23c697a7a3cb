"""How noisy each of a model's training timesteps is, from its scheduler's config. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import BrokenFile, UnsupportedModel

PREDICTION_TYPES = ("epsilon", "v_prediction", "sample")
OTHER_KINDS = {"EDM": "a noise scale of its own (EDM)", "FlowMatch": "flow matching"}
STEPS_LIMIT = 10_000
_COSINE_BETA_MAX = 0.999  # Nichol & Dhariwal 2021, sec. 3.2


def alphas_cumprod(config: Mapping[str, Any]) -> NDArray[np.float64]:
    """a^2 of each training timestep [T], falling; the last is 0 for zero terminal SNR.

    config: scheduler_config.json; what it leaves out is as in Stable Diffusion.
    Raises UnsupportedModel for a schedule that we do not know, BrokenFile for one without sense.
    """
    try:
        steps = int(config.get("num_train_timesteps", 1000))
        if not 1 <= steps <= STEPS_LIMIT:
            raise UnsupportedModel(f"The model was trained with {steps:,} noise levels.",
                                   "1,000 is usual; this program runs up to 10,000.")  # fmt: skip
        betas = _betas(config, steps)
    except (TypeError, ValueError):
        raise _senseless() from None
    is_sane = betas.ndim == 1 and len(betas) <= STEPS_LIMIT
    if not is_sane or not bool(((betas > 0) & (betas < 1)).all()):
        raise _senseless()
    table: NDArray[np.float64] = np.cumprod(1.0 - betas, dtype=np.float64)
    if config.get("rescale_betas_zero_snr") and len(table) > 1:
        table = _zero_terminal_snr(table)
    if not table[0] < 1 or not bool((np.diff(table) < 0).all()):  # too small to be told apart
        raise _senseless()
    return np.asarray(table, dtype=np.float64)


def prediction_type(config: Mapping[str, Any]) -> str:
    """What the model predicts, by its scheduler_config.json; epsilon if that does not say.

    Raises UnsupportedModel if the loop does not know it for this kind of model.
    """
    scheduler, said = str(config.get("_class_name", "")), config.get("prediction_type", "epsilon")
    for start, words in OTHER_KINDS.items():
        if scheduler.startswith(start):
            raise UnsupportedModel(f"The model was trained with {words}.",
                                   "Ordinary SD 1.x, 2.x and SDXL models work.")  # fmt: skip
    if said not in PREDICTION_TYPES:
        raise UnsupportedModel(f"The model predicts {str(said)[:40]!r}, which is unknown here.",
                               f"Known are {', '.join(PREDICTION_TYPES)}.")  # fmt: skip
    return str(said)


def _senseless() -> BrokenFile:
    return BrokenFile("The model's noise schedule makes no sense.", "Download the model again.")


def _betas(config: Mapping[str, Any], steps: int) -> NDArray[np.float64]:
    trained = config.get("trained_betas")
    if isinstance(trained, list) and trained:
        return np.asarray(trained, dtype=np.float64)
    first, last = float(config.get("beta_start", 0.00085)), float(config.get("beta_end", 0.012))
    if not 0 < first <= last < 1:
        raise _senseless()
    match config.get("beta_schedule", "scaled_linear"):
        case "scaled_linear":
            return np.linspace(first**0.5, last**0.5, steps) ** 2
        case "linear":
            return np.linspace(first, last, steps)
        case "squaredcos_cap_v2":

            def bar(t: float) -> float:
                return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

            ratios = [1 - bar((i + 1) / steps) / bar(i / steps) for i in range(steps)]
            return np.minimum(np.asarray(ratios), _COSINE_BETA_MAX)
        case other:
            raise UnsupportedModel(f"The model's noise schedule {str(other)[:40]!r} is unknown.",
                                   "Use a model with a Stable Diffusion schedule.")  # fmt: skip


def _zero_terminal_snr(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift and stretch sqrt(table) so that the last level is pure noise (Lin et al. 2023)."""
    roots = np.sqrt(table)
    first, last = roots[0], roots[-1]
    return np.asarray(((roots - last) * first / (first - last)) ** 2)
