"""Converts a run's detector for other programs."""
