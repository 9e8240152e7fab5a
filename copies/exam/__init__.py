"""An exam of the search: copies of a collection's own photos, planted in memory."""
