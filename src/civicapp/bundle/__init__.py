"""Bundle: the tree that `civicapp build` writes, all that a host needs to run one region."""
