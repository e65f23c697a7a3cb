"""Names of samplers and schedules in other programs, and ours."""

from __future__ import annotations

import re

# ours -> what A1111, Forge and Civitai know it by
TO_A1111 = {
    "DPM++ 2M": "DPM++ 2M",
    "DPM++ 2M SDE": "DPM++ 2M SDE",
    "UniPC": "UniPC",
    "Euler": "Euler",
    "Euler a": "Euler a",
    "DDIM": "DDIM",
    "DDPM": "DDPM",
    "Heun": "Heun",
    "LCM": "LCM",
}
SCHEDULE_TO_A1111 = {
    "trailing": "SGM Uniform",
    "leading": "DDIM",
    "linspace": "Uniform",
    "karras": "Karras",
    "exponential": "Exponential",
    "flow": "Simple",
}
# Lower case, letters and digits only -> ours. Sources: A1111 sd_samplers*.py, ComfyUI
# comfy/samplers.py, InvokeAI schedulers, NovelAI, Draw Things, the diffusers class names.
_SAMPLERS = {
    "euler": "Euler", "eulersimple": "Euler", "keuler": "Euler",
    "eulerdiscrete": "Euler", "flowmatcheuler": "Euler", "eulercfgpp": "Euler",
    "flowmatcheulerdiscrete": "Euler", "eulertrailing": "Euler",
    "eulera": "Euler a", "eulerancestral": "Euler a", "keulera": "Euler a",
    "keulerancestral": "Euler a", "eulerancestraldiscrete": "Euler a",
    "eulerancestralcfgpp": "Euler a", "euleratrailing": "Euler a",
    "ddim": "DDIM", "ddimuniform": "DDIM", "ddimtrailing": "DDIM", "ddimv3": "DDIM",
    "ddpm": "DDPM", "ddpmnoiseremoved": "DDPM, noise removed",
    "heun": "Heun", "kheun": "Heun", "heundiscrete": "Heun",
    "dpmpp2m": "DPM++ 2M", "kdpmpp2m": "DPM++ 2M", "dpm2m": "DPM++ 2M",
    "dpmsolvermultistep": "DPM++ 2M", "dpmppmultistep": "DPM++ 2M", "dpmpp2mtrailing": "DPM++ 2M",
    "dpmpp2mays": "DPM++ 2M", "dpmpp2mcfgpp": "DPM++ 2M",
    "dpmpp2msde": "DPM++ 2M SDE", "kdpmpp2msde": "DPM++ 2M SDE",
    "dpmpp2msdegpu": "DPM++ 2M SDE",
    "unipc": "UniPC", "unipctrailing": "UniPC", "unipcmultistep": "UniPC", "unipcbh2": "UniPC",
    "lcm": "LCM", "lcmtrailing": "LCM", "tcd": "LCM",
}  # fmt: skip
_SCHEDULES = {
    "karras": "karras", "exponential": "exponential", "kexponential": "exponential",
    "sgmuniform": "trailing", "simple": "trailing", "trailing": "trailing",
    "uniform": "linspace", "normal": "linspace", "linspace": "linspace", "automatic": "linspace",
    "ddimuniform": "leading", "ddim": "leading", "leading": "leading", "native": "linspace",
    "flow": "flow", "flowmatch": "flow",
}  # fmt: skip
_SCHEDULE_WORDS = ("karras", "exponential", "sgm_uniform", "ddim_uniform", "normal", "simple")


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name[:100].lower().replace("++", "pp").replace(" p p", "pp"))


def read_sampler(name: str) -> tuple[str | None, str | None]:
    """Our sampler and schedule for another program's sampler name; None = unknown or not said.

    "DPM++ 2M Karras" -> ("DPM++ 2M", "karras"): before A1111 v1.9 the name held both.
    """
    schedule = None
    plain = name.strip()
    for word in _SCHEDULE_WORDS:
        if re.search(rf"[ _-]{word}$", plain, re.IGNORECASE):
            schedule, plain = _SCHEDULES[_key(word)], plain[: -len(word) - 1]
            break
    key = _key(plain).removesuffix("scheduler")
    if key not in _SAMPLERS and key.endswith("k") and key[:-1] in _SAMPLERS:
        key, schedule = key[:-1], "karras"  # InvokeAI: dpmpp_2m_k
    return _SAMPLERS.get(key), schedule


def read_schedule(name: str) -> str | None:
    """Our schedule for another program's name; None = unknown."""
    return _SCHEDULES.get(_key(name))
