"""From image files to the squares of pixels that a network takes."""
