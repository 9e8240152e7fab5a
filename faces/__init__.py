"""From a file to its face region: what a photo is, decoding, searching, cutting; shared by both programs."""
