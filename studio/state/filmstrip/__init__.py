"""What the filmstrip shows and does, without widgets: frames, scrubbing, takes, comparison."""
