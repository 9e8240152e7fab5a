"""From a photo to its face region: decoding, searching, cutting. Both programs use it; it imports neither."""
