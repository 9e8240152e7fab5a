"""Run folders of the trainer, read as files."""
