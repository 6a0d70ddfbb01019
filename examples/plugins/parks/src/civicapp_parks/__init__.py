"""Places of a region, and notes that people leave about them."""
