"""Exports: eligible photos, splits, and the folder written."""
