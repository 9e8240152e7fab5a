"""Datasets: which photos are eligible, their splits, and the folder that is written."""
