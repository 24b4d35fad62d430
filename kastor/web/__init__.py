"""The HTTP face of Kastor: pages, data and tiles of all tenants."""
