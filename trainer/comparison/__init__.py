"""Several networks trained on one export and compared."""
