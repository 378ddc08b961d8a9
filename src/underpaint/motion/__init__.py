"""Frames between painted ones: where their paint comes from, and how still the shot holds."""
