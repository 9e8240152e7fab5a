"""Label Studio's files: JSON and JSON-MIN read, JSON written, and a study's labelling config."""
