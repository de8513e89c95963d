"""Valid, damaged and hostile image files, and the process that decodes them."""
