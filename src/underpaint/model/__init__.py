"""The nouns of Underpaint as frozen dataclasses; standard library only."""
