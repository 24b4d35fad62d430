"""What nature does in a town: one process per file, pure, above nothing but the city and the process contract."""
