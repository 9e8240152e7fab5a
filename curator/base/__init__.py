"""The foundation of curator: tables, database, events, errors, settings, accounts, files, pixels."""
