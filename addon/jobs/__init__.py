"""Jobs: what a button or a command starts, done in small ticks so that Blender never waits."""
