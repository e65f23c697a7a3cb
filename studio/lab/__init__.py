"""The laboratory's experiments, on the engine's own samplers. Imports no Qt."""
