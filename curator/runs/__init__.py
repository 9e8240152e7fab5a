"""Reads the trainer's run folders."""
