"""Disk: pictures, takes, settings inside pictures, the catalogue. Imports no Qt."""
