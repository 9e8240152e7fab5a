"""Curator: turns a heap of saved photos into a dataset that can be defended."""
