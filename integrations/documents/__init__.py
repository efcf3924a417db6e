"""Files made safe: read in a subprocess with limits, given back as pages, text and words."""
