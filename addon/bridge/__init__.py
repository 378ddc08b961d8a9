"""Blender to data and back, a file a subject: every function takes the scene, none looks around."""
