"""EXR passes in; depth, normals, edges and segments out. Array conventions are in docs/design.md."""
