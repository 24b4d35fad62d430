"""Changes of the tables, one file each, run when a tenant is created or opened."""
