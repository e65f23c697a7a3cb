"""Write a picture as PNG with everything about its making inside.

Three places: `parameters`, the infotext that A1111, Forge, ComfyUI and Civitai read;
`latent-studio`, our own complete JSON; XMP with the IPTC label for generated pictures.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import studio
from studio.engine.request import GenerationRequest, Pixels, to_json
from studio.library.metadata.infotext import compose
from studio.library.metadata.names import SCHEDULE_TO_A1111, TO_A1111

OWN_KEY = "latent-studio"
OWN_FORMAT = "latent-studio-picture/1"
XMP_KEY = "XML:com.adobe.xmp"
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' Iptc4xmpExt:DigitalSourceType="{source}" xmp:CreatorTool="{tool}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def write_png(
    picture: Pixels,
    request: GenerationRequest | None = None,
    extra: Mapping[str, Any] | None = None,
    *,
    has_settings: bool = True,
) -> bytes:
    """Encode a picture as PNG. picture: [H, W, 3] or [H, W, 4] uint8 sRGB.

    request: how it was made; None for a picture that no model made (no label then). extra: JSON
    values for our own chunk: take_id, state, label, conditions, model_hash. has_settings: False
    leaves prompt and settings out, for sharing; the label stays.
    """
    info = PngInfo()
    info.add(b"sRGB", b"\0")
    if request is not None:
        extra = dict(extra or {})
        if has_settings:
            _add_text(info, "parameters", infotext_of(request, extra))
            own = {"format": OWN_FORMAT, "version": studio.__version__, **extra}
            own["request"] = _without_folders(to_json(request))
            # ASCII escapes: also a lone surrogate survives
            info.add_itxt(OWN_KEY, json.dumps(own, default=str))
        info.add_itxt(XMP_KEY, xmp_of(request))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(
        buffer, "PNG", pnginfo=info, compress_level=4
    )
    return buffer.getvalue()


def _add_text(info: PngInfo, key: str, text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates become "?"
    if text.isascii():
        info.add_text(key, text)
    else:
        info.add_itxt(key, text)  # tEXt is Latin-1 only


def xmp_of(request: GenerationRequest) -> str:
    """The XMP packet with IPTC's label: made by a model, or composed with one on a picture."""
    is_composed = request.inpaint is not None or request.image is not None
    kind = "compositeWithTrainedAlgorithmicMedia" if is_composed else "trainedAlgorithmicMedia"
    return _XMP.format(source=_SOURCE + kind, tool=f"Latent Studio {studio.__version__}")


def infotext_of(request: GenerationRequest, extra: Mapping[str, Any] | None = None) -> str:
    """The settings as A1111 infotext, as Civitai and others read it."""
    extra = extra or {}
    r = request
    model_hash = str(extra.get("model_hash") or "")
    is_partial = r.image is not None or r.strength < 1
    fields: dict[str, Any] = {
        "Steps": r.steps,
        "Sampler": TO_A1111.get(r.sampler, r.sampler),
        "Schedule type": SCHEDULE_TO_A1111.get(r.schedule, r.schedule),
        "CFG scale": _short(r.guidance_scale),
        "Seed": r.seed,
        "Size": f"{r.width}x{r.height}",
        "Model hash": model_hash[:10] or None,
        "Model": model_name(r.model),
        "Variation seed": r.variation_seed if r.variation_strength else None,
        "Variation seed strength": _short(r.variation_strength) if r.variation_strength else None,
        "Denoising strength": _short(r.strength) if is_partial else None,
        "Eta": _short(r.eta) if r.eta is not None else None,
        "CFG Rescale phi": _short(r.guidance_rescale) if r.guidance_rescale else None,
        "RNG": "CPU",
        "Lora weights": ", ".join(f"{model_name(n)}: {_short(w)}" for n, w in r.loras) or None,
        "Version": f"Latent Studio {studio.__version__}",
    }
    text = compose(r.prompt, r.negative_prompt, fields)
    if model_hash:  # bare JSON, as Civitai writes and reads it
        text += ", Hashes: " + json.dumps({"model": model_hash[:10]})
    return text


def _without_folders(request: dict[str, Any]) -> dict[str, Any]:
    """Model files by name, a concept's pictures from "~" on: a path tells strangers who it was."""
    loras = [[model_name(name), weight] for name, weight in request["loras"]]
    plain = request | {"model": model_name(request["model"]), "loras": loras}
    concept = request["concept"]
    if concept is not None:
        plain["concept"] = concept | {"expression": _from_home(concept["expression"])}
    return plain


def _from_home(expression: str) -> str:
    """The user's own folder as "~", which is found again when the expression is evaluated."""
    home = os.path.expanduser("~").rstrip("/\\")
    for written in {home, home.replace("\\", "\\\\")} - {""}:  # quoted words double them
        start = rf"(?<![^\s\"']){re.escape(written)}(?=[/\\])"
        expression = re.sub(start, "~", expression)
    return expression


def _short(number: float) -> str:
    """7 for 7.0; never rounded."""
    text = f"{number:g}"
    return text if float(text) == number else repr(number)


def model_name(model: str) -> str:
    """A model's name without the folders that lead to it."""
    name = model.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.removesuffix(".safetensors") or model
