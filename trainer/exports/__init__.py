"""An export as trainer reads it, and how often its test photos were looked at."""
