"""The process that paints. Importing it loads neither torch nor bpy."""
