"""From a photo to its face region: decoded, searched, cut. Knows neither program; both use it."""
