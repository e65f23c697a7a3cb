"""One thread at a time imports the large libraries. Torch-free.

transformers and diffusers load their parts lazily and in circles: two threads that import them at
once see each other's half-made modules ("cannot import name 'PreTrainedModel'").
"""

from __future__ import annotations

import threading

HEAVY_IMPORTS = threading.RLock()
