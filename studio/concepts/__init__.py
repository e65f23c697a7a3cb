"""CLIP arithmetic: expressions, words, search. Imports no Qt."""
