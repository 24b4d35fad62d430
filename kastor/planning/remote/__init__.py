"""Processes of other servers (OGC API - Processes), which appear like own ones."""
