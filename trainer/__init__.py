"""Trains and scores detectors of the butterfly rash from an export that curator wrote."""
