"""What people decide about pairs of photos: copies, persons, contradictions, and which copy is kept."""
