"""The best of a few short lists: nothing of it is seen from Python."""
