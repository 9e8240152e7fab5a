"""A collection of drawn faces with known truth, for the tour and the tests; nothing of the product lives here."""
