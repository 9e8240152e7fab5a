"""From a photo to its face region: decoding, detection, cutting. Shared by both programs."""
