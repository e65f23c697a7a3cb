"""One adapter per model family: encode a prompt, predict, decode."""
