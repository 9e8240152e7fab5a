"""Ratings: assessing, saving, queues and claims, consensus, rulings, agreement."""
