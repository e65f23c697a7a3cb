"""Models on disk: what is there, what is safe, how each family is loaded and called."""
