"""Series: town halls that repeat, planned as a whole (docs/fairness.md, rules 8 and 9)."""
