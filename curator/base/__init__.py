"""What everything else stands on: tables, database, events, errors, settings, accounts, files, pixels."""
