"""Load a CLIP model safely: checked description, weights from safetensors only, nothing run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from studio.concepts import clip_tokens, encoders
from studio.concepts.encoder import Encoder
from studio.concepts.encoders import EncoderInfo
from studio.engine.errors import BrokenFile, ModelNotFound, UnsupportedModel
from studio.engine.models import guard

log = logging.getLogger(__name__)
SAME = 0.9999  # cosine of "hat" and "dog", from which on a model does not tell words apart


def load_encoder(path: Path, device: str = "cpu") -> Encoder:
    """Load the CLIP at `path` (a folder or a .safetensors) in float32.

    Raises BrokenFile, UnsafeFile or UnsupportedModel, each with its reason.
    """
    info = encoders.describe(path)
    if info is None:
        raise UnsupportedModel(
            f"{path.name} is no CLIP model that this program knows.",
            "Choose an open_clip .safetensors, or a CLIP or SigLIP folder.",
        )
    if info.kind == "transformers":
        return _load_transformers(info, torch.device(device))
    return _load_open_clip(info, torch.device(device))


def load_again(there: Sequence[EncoderInfo], name: str, device: str = "cpu") -> Encoder:
    """Load the CLIP that guided an earlier picture. Raises ModelNotFound, or as `load_encoder`."""
    for info in there:
        if info.id == name:
            return load_encoder(info.path, device)
    raise ModelNotFound(
        f"This was guided by the CLIP model {name[:60]}, which is not there.",
        "Put it back into the models folder, or draw the expression anew.",
    )


def _weights(info: EncoderInfo) -> dict[str, Tensor]:
    guard.check_file(info.weights)
    try:
        weights: dict[str, Tensor] = load_file(info.weights)
    except (SafetensorError, OSError) as error:
        raise BrokenFile(f"{info.weights.name} cannot be read.", "Get the model again.") from error
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise BrokenFile(
                f"{info.weights.name} contains numbers that are not finite ({name[:60]}).",
                "The file is damaged; get the model again.",
            )
    return weights


def _check_shapes(info: EncoderInfo, model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Compare with the file, strictly: a missing or misshapen tensor means another architecture.

    model: on "meta", before memory is spent on what a stranger's description asks for.
    """
    optional = {"logit_bias", "text_model.embeddings.position_ids",
                "vision_model.embeddings.position_ids"}  # fmt: skip
    own = model.state_dict()
    wrong = [name for name, tensor in own.items()
             if name not in weights or weights[name].shape != tensor.shape]  # fmt: skip
    wrong += [name for name in weights if name not in own and name not in optional]
    if wrong:
        raise UnsupportedModel(
            f"The weights in {info.weights.name} are of another architecture than their"
            f" description ({wrong[0][:60]} does not fit).",
            "Rename the file after its open_clip architecture, or get the whole folder.",
        )


def _fill(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Load weights that fit."""
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    model.float().eval().requires_grad_(False)


class _OpenClip:
    def __init__(self, model: Any) -> None:
        self._model = model

    def texts(self, tokens: Tensor) -> Tensor:
        return self._model.encode_text(tokens)

    def pictures(self, x: Tensor) -> Tensor:
        return self._model.encode_image(x)


class _ShortOpenClip(_OpenClip):
    """open_clip.CLIP with texts of any length up to its context."""

    def texts(self, tokens: Tensor) -> Tensor:
        m, length = self._model, tokens.shape[1]
        x = m.token_embedding(tokens) + m.positional_embedding[:length]
        x = m.ln_final(m.transformer(x, attn_mask=m.attn_mask[:length, :length]))
        pooled = x[torch.arange(len(x), device=x.device), tokens.argmax(-1)]
        return pooled @ m.text_projection


def _load_open_clip(info: EncoderInfo, device: torch.device) -> Encoder:
    import open_clip

    config = encoders.read_open_clip(info)
    weights = _weights(info)
    kind = open_clip.CustomTextCLIP if config.is_custom_text else open_clip.CLIP
    try:
        with torch.device("meta"):
            _check_shapes(info, kind(**config.model), weights)
        model = kind(**config.model)
    except (TypeError, ValueError, RuntimeError, AssertionError, KeyError) as error:
        raise UnsupportedModel(f"{info.name} cannot be built: {str(error)[:120]}.",
                               "Use a plain open_clip model.") from error  # fmt: skip
    _fill(model, weights)
    model.to(device)
    can_cut = (not config.is_custom_text and model.attn_mask is not None
               and model.text_pool_type == "argmax"
               and isinstance(model.text_projection, nn.Parameter))  # fmt: skip
    tokenize = _tokenizer(info, config, int(model.context_length))
    return _heard(Encoder(
        info, f"{info.id}@{encoders.fingerprint(info)}",
        _ShortOpenClip(model) if can_cut else _OpenClip(model), tokenize, config.picture,
        dimensions=int(config.model["embed_dim"]), is_causal=can_cut, device=device,
    ))  # fmt: skip


def _tokenizer(
    info: EncoderInfo, config: encoders.OpenClipConfig, context: int
) -> clip_tokens.Tokenize:
    size = int(config.model["text_cfg"].get("vocab_size", clip_tokens.BUILT_IN_SIZE))
    if config.tokenizer is None:
        if size < clip_tokens.BUILT_IN_SIZE:
            raise UnsupportedModel(f"{info.name} lacks its tokenizer.",
                                   "Put the model's tokenizer.json into its folder.")  # fmt: skip
        return clip_tokens.built_in(context)
    if context == 64:  # SigLIP's, in open_clip's clothes
        return clip_tokens.siglip(config.tokenizer, context, size, info.name)
    return clip_tokens.from_folder(config.tokenizer, context, size, info.name)


def _heard(encoder: Encoder) -> Encoder:
    """The same, having been spoken to. Raises BrokenFile when it takes all words for the same.

    So it is when the tokenizer's end mark is not the one at which the model looks: every
    expression would cancel out.
    """
    one, other = encoder.texts(["hat", "dog"])
    if not float(one @ other) < SAME:
        raise BrokenFile(f"{encoder.info.name} takes all words for the same: its tokenizer is not"
                         " its own.", clip_tokens.GET_FILES)  # fmt: skip
    return encoder


class _Transformers:
    def __init__(self, model: Any) -> None:
        self._model = model

    def texts(self, tokens: Tensor) -> Tensor:
        return _tensor(self._model.get_text_features(input_ids=tokens))

    def pictures(self, x: Tensor) -> Tensor:
        return _tensor(self._model.get_image_features(pixel_values=x))


def _tensor(output: Any) -> Tensor:
    """transformers 5 returns an output object whose pooled part is the projection."""
    return output if isinstance(output, Tensor) else output.pooler_output


def _load_transformers(info: EncoderInfo, device: torch.device) -> Encoder:
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    config, picture = encoders.read_transformers(info)
    is_siglip = config["model_type"] == "siglip"
    config_kind, kind = (SiglipConfig, SiglipModel) if is_siglip else (CLIPConfig, CLIPModel)
    weights = _weights(info)
    try:
        built = config_kind.from_dict(config)
        with torch.device("meta"):
            _check_shapes(info, kind(built), weights)
        model = kind(built)
    except (TypeError, ValueError, RuntimeError, AssertionError, KeyError) as error:
        raise UnsupportedModel(f"{info.name} cannot be built: {str(error)[:120]}.",
                               "Get the model again.") from error  # fmt: skip
    _fill(model, weights)
    model.to(device)
    context = int(built.text_config.max_position_embeddings)
    kind_of, dimensions = (
        (clip_tokens.siglip, built.text_config.hidden_size) if is_siglip
        else (clip_tokens.from_folder, built.projection_dim)
    )  # fmt: skip
    tokenize = kind_of(info.path, context, int(built.text_config.vocab_size), info.name)
    return _heard(Encoder(
        info, f"{info.id}@{encoders.fingerprint(info)}", _Transformers(model), tokenize, picture,
        dimensions=int(dimensions), is_causal=not is_siglip, device=device,
    ))  # fmt: skip
