"""What a score rests on: heat maps, and models that see only a confounder."""
