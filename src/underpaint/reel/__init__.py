"""The reel: burned-in frames, timeline and contact sheet of the takes that people picked."""
