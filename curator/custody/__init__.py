"""Keeping a study safe: backups and their restoring, and the proof that nothing was lost or altered."""
