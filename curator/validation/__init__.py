"""Validates an installation: numbered requirements, each tested on a scratch instance beside the real one."""
