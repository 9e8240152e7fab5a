"""The JSON API under /api/v1 for other programs; what its views call are the services and queries of the pages."""
