"""The study itself: what a team states about it, for the documents of an export."""
