"""Documents into segments: inversion, the memory budget, flushing and merging."""
