"""Headless commands: one file each. Imports no Qt."""
