"""Keeping what a study has collected: examining it, and mending what can be mended without loss."""
