"""EXR passes in; depth, normals, edges and segments out. Conventions are in docs/design.md."""
