"""A collection of drawn faces with known ground truth, for the tour and the tests; no product code."""
