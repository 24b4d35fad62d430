"""A tenant on disk: one directory, one database, immutable geometry blocks and terrain files."""

from kastor.store.datasets import Dataset
from kastor.store.errors import StoreError
from kastor.store.tenant import Tenant, TenantInfo
from kastor.store.tenants import create_tenant, delete_tenant, open_tenant, tenants

__all__ = [
    "Dataset",
    "StoreError",
    "Tenant",
    "TenantInfo",
    "create_tenant",
    "delete_tenant",
    "open_tenant",
    "tenants",
]
