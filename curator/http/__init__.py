"""What pages and the API share of a request: its instance, account, role, language and limits."""
