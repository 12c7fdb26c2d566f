"""Records: the one door through which every channel reads and writes."""
