"""Fill a model with a file's tensors: shapes first, memory after.

The model is built without memory ("meta"), its shapes are compared with the files' headers, and
only then are tensors read: a configuration that asks for a terabyte is refused for free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from studio.engine import cancel
from studio.engine.errors import BrokenFile
from studio.engine.models import guard

_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_OLD_NAME = re.compile(r"(\.attentions\.\d+)\.(query|key|value|proj_attn)\.")


@dataclass(frozen=True, slots=True)
class Source:
    """Tensors by their final names. names: final name -> (file, name in the file)."""

    names: Mapping[str, tuple[Path, str]]
    shapes: Mapping[str, tuple[int, ...]]

    def read(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor, one after another. Looks for a stop between them."""
        by_file: dict[Path, list[tuple[str, str]]] = {}
        for final, (path, name) in self.names.items():
            by_file.setdefault(path, []).append((final, name))
        for path, pairs in by_file.items():
            with safe_open(path, framework="pt") as file:
                for final, name in pairs:
                    cancel.check()
                    yield final, file.get_tensor(name)


def source(files: Sequence[Path], wanted: Mapping[str, Tensor]) -> Source:
    """Read the headers (each passes the guard) of the files of one part.

    wanted: the model's state_dict. Names of other library versions are turned into its names.
    """
    names: dict[str, tuple[Path, str]] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for path in files:
        for name, info in guard.check_file(path).tensors.items():
            final = own_name(name, wanted)
            names[final] = (path, name)
            shapes[final] = info.shape
    return Source(names, shapes)


def own_name(name: str, wanted: Mapping[str, Tensor]) -> str:
    """Old VAEs say query and proj_attn; text encoders differ in the prefix `text_model.`."""
    name = _OLD_NAME.sub(lambda m: f"{m[1]}.{_OLD_ATTENTION[m[2]]}.", name)
    for candidate in (name, name.removeprefix("text_model."), f"text_model.{name}"):
        if candidate in wanted:
            return candidate
    return name


def check_shapes(
    wanted: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], *, part: str
) -> None:
    """Compare a "meta" model's state_dict with what the files hold. Raises BrokenFile."""
    for name, parameter in wanted.items():
        shape = shapes.get(name)
        if shape is None:
            raise BrokenFile(
                f"The model's {part} is incomplete: a part of its weights is missing.",
                f"Download the model again. (What is missing: {name})",
            )
        if not _fits(shape, tuple(parameter.shape)):
            raise BrokenFile(
                f"The model's {part} is not what the file says it is: its weights do not fit "
                "together, so it cannot be loaded.",
                "Download the model again, or choose another. (Where it does not fit: "
                f"{name} is {list(shape)}, expected {list(parameter.shape)})",
            )


def _fits(have: tuple[int, ...], want: tuple[int, ...]) -> bool:
    """Equal, or a linear layer stored as a 1x1 convolution (old VAE attention)."""
    return have == want or (have == (*want, 1, 1) and len(want) == 2)


def fill(
    model: nn.Module, tensors: Iterator[tuple[str, Tensor]], *, device: str, dtype: torch.dtype
) -> nn.Module:
    """Put the tensors into a model built on "meta". Tensors that it does not know are skipped.

    Raises BrokenFile if a tensor holds NaN or infinity.
    """
    wanted = model.state_dict()
    state: dict[str, Tensor] = {}
    for name, tensor in tensors:
        if name not in wanted:
            continue
        if tensor.is_floating_point():
            # A copy, always: a tensor that still maps the file dies with the file.
            tensor = tensor.to(dtype, copy=True)
            if not bool(torch.isfinite(tensor).all()):
                raise BrokenFile(
                    "The model's weights hold numbers that are none (NaN), so it cannot be used.",
                    f"Download the model again, or choose another. (Where they are: {name})",
                )
        state[name] = tensor.reshape(wanted[name].shape).to(device)
    model.load_state_dict(state, strict=True, assign=True)
    return model.requires_grad_(False).eval()
