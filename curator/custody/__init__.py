"""Keeping a study safe: backups and their restoring."""
