"""The pages of a run and their figures."""
