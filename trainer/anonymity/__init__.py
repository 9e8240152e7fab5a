"""How many persons of an export can be found again by their exported regions."""
