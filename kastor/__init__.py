"""Kastor: the open urban digital twin of a municipality."""

__version__ = "0.1.0"
