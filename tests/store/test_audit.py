"""The audit log: every write is in it, and no line can be changed, removed or added unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from kastor.store import Tenant, audit
from kastor.store.audit import BEGINNING, Head
from kastor.store.errors import StoreError, UnknownObject
from kastor.store.visibility import State


def verdict(twin: Tenant, *known: Head) -> audit.Verdict:
    with twin.database.read() as connection:
        return audit.verify(connection, audit.kept_head(twin.directory), *known)


def tampered(twin: Tenant, *statements: str) -> None:
    """What somebody does who may enter the database and takes the triggers away first."""
    of_table = "" if twin.database.dialect == "sqlite" else " ON audit"
    with twin.database.write("tamper") as connection:
        for trigger in ("audit_stays_as_it_is", "audit_stays_complete"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{of_table}")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def busy_twin(small_twin: Tenant) -> Tenant:
    """A twin in which somebody corrected, hid and published."""
    small_twin.edit_object("flat", {"name": "Altes Rathaus"}, who="3", note="Frau Muster rief an")
    small_twin.set_state("houses", State.INTERNAL, who="4")
    small_twin.set_state("houses", State.PUBLIC, who="4")
    return small_twin


def test_every_write_leaves_a_line_with_its_deed_subject_and_person(busy_twin: Tenant) -> None:
    with busy_twin.database.read() as connection:
        lines = audit.lines(connection)
    assert [(line.what, line.subject, line.who) for line in lines] == [
        ("publish", "houses", "4"),
        ("publish", "houses", "4"),
        ("edit", "flat", "3"),
        ("load", "houses", audit.NOBODY),
    ]
    assert lines[0].detail == {"revision": 4, "before": "internal", "after": "public"}
    assert lines[-1].detail["new"] == len(busy_twin.city())


def test_the_log_holds_no_free_text_a_person_wrote(busy_twin: Tenant) -> None:
    with busy_twin.database.read() as connection:
        assert not any("Muster" in str(line) for line in audit.lines(connection))


def test_a_write_that_fails_leaves_no_line(busy_twin: Tenant) -> None:
    before = verdict(busy_twin)
    with pytest.raises(UnknownObject):
        busy_twin.edit_object("nowhere", {"name": "x"}, who="3")
    assert verdict(busy_twin) == before


def test_a_whole_log_verifies_and_its_head_is_kept_outside_the_tenant(busy_twin: Tenant) -> None:
    found = verdict(busy_twin)
    assert found.faults == []
    assert found.lines == 4
    assert audit.kept_head(busy_twin.directory) == found.head
    assert not audit.head_file(busy_twin.directory).is_relative_to(busy_twin.directory)


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = '9' WHERE number = 2", "DELETE FROM audit"])
def test_the_database_refuses_to_change_or_remove_a_line(busy_twin: Tenant, statement: str) -> None:
    refused = pytest.raises(StoreError, match="line of the audit log cannot be")
    with refused, busy_twin.database.write("tamper") as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("column", ["at", "who", "what", "subject", "detail", "before", "hash"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_an_altered_field_of_any_line_is_found(busy_twin: Tenant, column: str, number: int) -> None:
    tampered(busy_twin, f"UPDATE audit SET {column} = {column} || ' ' WHERE number = {number}")
    assert f"ine {number} " in " ".join(verdict(busy_twin).faults)


def test_a_removed_line_is_found(busy_twin: Tenant) -> None:
    tampered(busy_twin, "DELETE FROM audit WHERE number = 2")
    assert "After line 1 comes line 3" in verdict(busy_twin).faults[0]


def test_an_inserted_line_is_found(busy_twin: Tenant) -> None:
    tampered(
        busy_twin,
        "UPDATE audit SET number = number + 1 WHERE number = 4",
        "INSERT INTO audit SELECT 4, at, who, what, subject, detail, before, hash FROM audit WHERE number = 3",
    )
    assert any("altered" in fault for fault in verdict(busy_twin).faults)


def test_a_line_removed_and_the_rest_numbered_and_hashed_anew_is_found_by_the_head(busy_twin: Tenant) -> None:
    with busy_twin.database.read() as connection:
        kept = [line for line in reversed(audit.lines(connection)) if line.number != 2]
    tampered(busy_twin, "DELETE FROM audit")
    with busy_twin.database.write("forge") as connection:
        for line in kept:
            audit.record(connection, line.who, line.what, line.subject, line.detail)
    assert verdict(busy_twin).faults == ["The log ends at line 3, but it once had line 4: the end was cut off."]


def test_a_cut_off_end_is_found_by_the_head(busy_twin: Tenant) -> None:
    tampered(busy_twin, "DELETE FROM audit WHERE number > 2")
    assert verdict(busy_twin).faults == ["The log ends at line 2, but it once had line 4: the end was cut off."]


def test_a_forged_log_of_the_same_length_is_found_by_a_head_kept_elsewhere(busy_twin: Tenant) -> None:
    noted = audit.parse_head(str(verdict(busy_twin).head))
    tampered(busy_twin, "DELETE FROM audit")
    audit.head_file(busy_twin.directory).unlink()
    with busy_twin.database.write("forge") as connection:
        for number in range(4):
            audit.record(connection, "", "load", "houses", {"revision": number})
    assert verdict(busy_twin).faults == []
    assert verdict(busy_twin, noted).faults == ["Line 4 is another one than when the head of the log was written down."]


@pytest.mark.parametrize("text", ["", "4", "x:" + BEGINNING, "4:abc", "-1:" + BEGINNING])
def test_what_is_no_head_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not the head of an audit log"):
        audit.parse_head(text)


def test_an_older_head_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    directory = tmp_path / "tenants" / "a"
    audit.keep_head(directory, Head(2, "b" * 64))
    audit.keep_head(directory, Head(1, "a" * 64))
    assert audit.kept_head(directory) == Head(2, "b" * 64)
