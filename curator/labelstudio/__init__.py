"""Label Studio: its files, its annotators, and projects on a server that are kept in step with ratings."""
