"""A CLIP model ready for use: words and pictures to unit vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from studio.concepts.algebra import Vectors
from studio.concepts.clip_tokens import Tokenize
from studio.concepts.encoders import EncoderInfo, Picture
from studio.engine.errors import Cancelled

TEXT_BATCH = 128
PICTURE_BATCH = 32
_GAP = 1.0  # whole squares of pixels are averaged first: cosine 0.9999 to bicubic alone, 9 x faster
_WIDE = 1.8  # sides' ratio from which the centre alone would lose the edges


class Stop(Protocol):
    """Asks for an end: an event, or several."""

    def is_set(self) -> bool:
        """Whether the end is wanted."""


class Towers(Protocol):
    """The two halves of a CLIP. Outputs [N, D], not unit."""

    def texts(self, tokens: Tensor) -> Tensor:
        """tokens: int64 [N, L]."""

    def pictures(self, x: Tensor) -> Tensor:
        """x: [N, 3, S, S], normalised."""


class Encoder:
    """Words and pictures to unit vectors of one space.

    model: identity for indexes and caches; vectors of two models never mix.
    """

    def __init__(
        self,
        info: EncoderInfo,
        model: str,
        towers: Towers,
        tokenize: Tokenize,
        picture: Picture,
        *,
        dimensions: int,
        is_causal: bool,
        device: torch.device,
    ) -> None:
        self.info = info
        self.model = model
        self.dimensions = dimensions
        self.picture = picture
        self._towers = towers
        self._tokenize = tokenize
        self._is_causal = is_causal
        self._device = device
        self._mean = torch.tensor(picture.mean, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(picture.std, device=device).view(1, 3, 1, 1)

    @torch.inference_mode()
    def texts(
        self,
        texts: Sequence[str],
        *,
        stop: Stop | None = None,
        advance: Callable[[float], None] | None = None,
    ) -> Vectors:
        """Unit vectors of texts, float32 [N, D]. advance: called with 0 .. 1.

        Texts of like length go together, cut after their last token: for a causal tower the
        result is the same as with full padding, several times faster. Raises Cancelled.
        """
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        order = np.argsort([len(text) for text in texts], kind="stable")
        for at in range(0, len(texts), TEXT_BATCH):
            if stop is not None and stop.is_set():
                raise Cancelled
            some = order[at : at + TEXT_BATCH]
            tokens = self._tokenize([texts[int(i)] for i in some]).to(self._device)
            if self._is_causal:
                tokens = tokens[:, : int(tokens.argmax(-1).max()) + 1]
            out = F.normalize(self._towers.texts(tokens).float(), dim=-1)
            vectors[some] = out.cpu().numpy()
            if advance is not None:
                advance(min(at + TEXT_BATCH, len(texts)) / max(len(texts), 1))
        return vectors

    def reading(self, texts: Sequence[str]) -> bytes:
        """How the tokenizer reads these texts; another one reads them otherwise."""
        return self._tokenize(texts).numpy().tobytes()

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Cut and scale an RGB picture for the model: [K, 3, S, S]; K = 3 for very wide ones.

        Cheap and without torch: made for the decoding threads.
        """
        size = self.picture.size
        width, height = image.size
        if self.picture.is_squashed:
            boxes = [(0.0, 0.0, float(width), float(height))]
        else:
            boxes = _square_boxes(width, height)
        views = [image.resize((size, size), Image.Resampling.BICUBIC, box, _GAP) for box in boxes]
        return np.stack([np.asarray(view, np.uint8).transpose(2, 0, 1) for view in views])

    @torch.inference_mode()
    def pictures(self, prepared: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Unit vectors of prepared pictures, float32 [N, D]; several views are averaged."""
        if not prepared:
            return np.zeros((0, self.dimensions), np.float32)
        views = torch.from_numpy(np.concatenate(prepared))
        parts = []
        for at in range(0, len(views), PICTURE_BATCH):
            x = views[at : at + PICTURE_BATCH].to(self._device).float() / 255
            parts.append(F.normalize(self._towers.pictures((x - self._mean) / self._std), dim=-1))
        rows = torch.cat(parts).float().cpu().split([len(views) for views in prepared])
        return F.normalize(torch.stack([row.mean(0) for row in rows]), dim=-1).numpy()

    def features(self, x: Tensor) -> Tensor:
        """Unit vectors of RGB pictures 0 .. 1, [N, 3, H, W] -> [N, D]; can be differentiated."""
        size = self.picture.size
        if x.shape[-2:] != (size, size):
            x = F.interpolate(x, (size, size), mode="bilinear", align_corners=False)
        x = (x.to(self._device) - self._mean) / self._std
        return F.normalize(self._towers.pictures(x).float(), dim=-1)


def _square_boxes(width: int, height: int) -> list[tuple[float, float, float, float]]:
    """The centre square; for panoramas and scrolls the squares at both ends too."""
    side = min(width, height)
    is_long = max(width, height) / side > _WIDE
    places = (0.0, 0.5, 1.0) if is_long else (0.5,)
    corners = [((width - side) * place, (height - side) * place) for place in places]
    return [(x, y, x + side, y + side) for x, y in corners]
