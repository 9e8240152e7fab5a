"""The run folder: its files, written by a training and read back by the other commands."""
