"""Hits for people: hits, highlighting."""
