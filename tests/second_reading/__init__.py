"""The SNDS read a second time, in plain Python and from the facts alone."""
