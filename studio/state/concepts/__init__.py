"""The state of the Concepts workspace. QtCore only, no widgets."""
