"""Other tools' files of rated photos, read and written: pure, without a database."""
