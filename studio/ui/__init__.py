"""Widgets: they show state and send intentions, and hold no logic."""
