"""Everything here must be the same in both stores."""

from tests.store.conftest import store

__all__ = ["store"]
