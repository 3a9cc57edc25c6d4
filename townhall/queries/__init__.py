"""Reads, by noun. They never commit."""
