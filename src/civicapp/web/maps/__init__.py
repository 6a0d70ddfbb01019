"""Maps without tiles: the polygons of a region, drawn for one view, with marks on them."""
