"""One file per format: into the city and out of it."""
