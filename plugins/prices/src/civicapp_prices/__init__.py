"""Food prices: every number can be traced, every alarm can be recomputed."""
