"""The laboratory's state: what is chosen, what was computed, what is to be seen. No widgets."""
