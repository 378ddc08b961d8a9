"""How the built-in model was made: scenes, the painter that teaches, and the training itself.

Nothing outside this package may import it, except `words`, which is standard library only.
Torch is imported normally here: the worker never loads these modules.
"""
