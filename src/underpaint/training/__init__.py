"""How the built-in model was made: scenes, the painter that teaches, and the training itself.

The product imports nothing of it; the benches and `scripts/mesh_scenes` do.
Torch is imported normally here: the worker never loads these modules.
"""
