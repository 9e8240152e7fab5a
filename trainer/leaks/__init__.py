"""Photos that repeat across the splits or folds of an export."""
