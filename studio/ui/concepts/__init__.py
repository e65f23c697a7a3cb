"""The widgets of the Concepts workspace. No torch here, and no logic."""
