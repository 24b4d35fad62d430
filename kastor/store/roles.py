"""Who may do what: the roles of a tenant and the rights each of them has.

This table is the only place that says so. Who holds a role is decided by people and recorded,
see ``people.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from kastor.store.visibility import ALL, PUBLIC, STAFF, States


class Right(StrEnum):
    """Something a person may do in a tenant; ``account`` and ``operate`` belong to the whole instance."""

    SEE = "see"
    """Look at what is public; everybody may."""

    ACCOUNT = "account"
    """Have an account: see and change one's own data."""

    SEE_INTERNAL = "see_internal"
    """Look at internal datasets too."""

    SEE_DRAFTS = "see_drafts"
    """Look at drafts too."""

    EDIT = "edit"
    """Correct, add and end single objects; describe datasets."""

    LOAD = "load"
    """Load, replace and end datasets."""

    PUBLISH = "publish"
    """Decide who sees a dataset."""

    PLAN = "plan"
    """Make and change planning variants."""

    HANDLE = "handle"
    """Work on cases: read them, decide, answer."""

    OVERSEE = "oversee"
    """See the figures of all cases, change procedures and release them with a second person."""

    ADMINISTER = "administer"
    """Grant and withdraw roles, read the audit log."""

    OPERATE = "operate"
    """Look after the instance: its health, its numbers, its tenants."""


class Role(StrEnum):
    """What a person is in a tenant; the operator is one of the instance."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    CLERK = "clerk"
    PLANNER = "planner"
    CARETAKER = "caretaker"
    CASEWORKER = "caseworker"
    CASE_LEAD = "case_lead"
    ADMINISTRATION = "administration"
    OPERATOR = "operator"


_ANYBODY = frozenset({Right.SEE})
_SIGNED_IN = _ANYBODY | {Right.ACCOUNT}
_STAFF = _SIGNED_IN | {Right.SEE_INTERNAL}
_WORKS_ON_IT = _STAFF | {Right.SEE_DRAFTS}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.PUBLIC: _ANYBODY,
    Role.CITIZEN: _SIGNED_IN,
    Role.CLERK: _STAFF,
    Role.PLANNER: _WORKS_ON_IT | {Right.PLAN},
    Role.CARETAKER: _WORKS_ON_IT | {Right.EDIT, Right.LOAD, Right.PUBLISH},
    Role.CASEWORKER: _STAFF | {Right.HANDLE},
    Role.CASE_LEAD: _STAFF | {Right.HANDLE, Right.OVERSEE},
    Role.ADMINISTRATION: _WORKS_ON_IT | {Right.PUBLISH, Right.ADMINISTER},
    Role.OPERATOR: _SIGNED_IN | {Right.OPERATE},
}

GRANTED = (Role.CLERK, Role.PLANNER, Role.CARETAKER, Role.CASEWORKER, Role.CASE_LEAD, Role.ADMINISTRATION)
"""Roles a tenant's administration grants; everybody is public, and everybody signed in a citizen."""


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All rights some roles have together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def states_for(rights: frozenset[Right]) -> States:
    """The states of datasets somebody with these rights sees."""
    if Right.SEE_DRAFTS in rights:
        return ALL
    return STAFF if Right.SEE_INTERNAL in rights else PUBLIC
