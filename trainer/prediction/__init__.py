"""Scores new photos with a finished run."""
