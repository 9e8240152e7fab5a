"""Keeping what the instance holds: proving that nothing was lost or altered."""
