"""Bytes on disk: one reader and writer pair a structure (FORMAT.md has the bytes)."""
