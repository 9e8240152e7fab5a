"""What trainer reads of an export: the manifest's examples, and how often its test photos were looked at."""
