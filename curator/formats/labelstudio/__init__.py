"""Label Studio's files: JSON, JSON-MIN and CSV read, JSON written, and a study's labelling config."""
