"""Confidence intervals that curator and trainer share: one bootstrap for agreement and for scores."""
