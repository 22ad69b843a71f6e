"""Files in, batches out: quads, and the place in the file that each came from."""
