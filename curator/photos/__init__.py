"""Photos: how they come in, which are shown, which are excluded, and their previews."""
