"""Scores of predictions with their intervals: arrays in, numbers out, no network."""
