"""Everything slow is a generator, run by one thread."""
