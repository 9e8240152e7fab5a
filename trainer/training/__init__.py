"""Trains detectors: phases, checkpoints, seeds and folds."""
