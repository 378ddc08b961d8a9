"""Credits: who and what made each picture, and whether that still holds."""
