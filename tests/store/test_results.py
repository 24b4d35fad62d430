"""Results: kept once, seen by whom they are for, traced in the audit log."""

from pathlib import Path

import pytest

from kastor.store import Tenant, audit, results
from kastor.store.errors import ReadOnly
from kastor.store.results import DOCUMENT, Kept, UnknownResult
from kastor.store.visibility import PUBLIC, STAFF, State

ID = "0123456789abcdef" * 2


def kept(result_id: str = ID, process: str = "rain", made: str = "2026-05-01T12:00:00.000000Z") -> Kept:
    return Kept(result_id, process, "1", {"depth": 90}, {"hash": "1"}, State.INTERNAL, made, "7", 2.5)


def young(tmp_path: Path, content: str = "{}") -> Path:
    directory = tmp_path / f"young-{len(list(tmp_path.iterdir()))}"
    directory.mkdir()
    (directory / DOCUMENT).write_text(content)
    return directory


def test_a_result_is_kept_with_its_files_and_a_line_in_the_log(twin: Tenant, tmp_path: Path) -> None:
    results.keep(twin, kept(), young(tmp_path, '{"a": 1}'))
    assert results.result(twin.database, ID) == kept()
    assert results.file_of(twin, ID, DOCUMENT).read_text() == '{"a": 1}'
    with twin.database.read() as connection:
        last = audit.lines(connection)[0]
    assert (last.what, last.subject) == ("compute", ID)


def test_a_result_that_is_there_is_never_changed(twin: Tenant, tmp_path: Path) -> None:
    results.keep(twin, kept(), young(tmp_path, "first"))
    results.keep(twin, kept(), young(tmp_path, "second"))
    assert results.file_of(twin, ID, DOCUMENT).read_text() == "first"
    assert len(results.results_of(twin.database)) == 1


def test_what_a_killed_worker_left_is_replaced(twin: Tenant, tmp_path: Path) -> None:
    left = twin.directory / "results" / ID
    left.mkdir(parents=True)
    (left / DOCUMENT).write_text("half")
    results.keep(twin, kept(), young(tmp_path, "whole"))
    assert results.file_of(twin, ID, DOCUMENT).read_text() == "whole"


def test_everybody_sees_only_what_was_published(twin: Tenant, tmp_path: Path) -> None:
    results.keep(twin, kept(), young(tmp_path))
    public, staff = twin.showing(PUBLIC), twin.showing(STAFF)
    assert [r.id for r in results.results_of(staff.database)] == [ID]
    for reach in (lambda: results.result(public.database, ID), lambda: results.file_of(public, ID, DOCUMENT)):
        with pytest.raises(UnknownResult):
            reach()
    with pytest.raises(ReadOnly):
        results.set_state(public.database, ID, State.PUBLIC, "7")
    results.set_state(twin.database, ID, State.PUBLIC, "7")
    assert results.file_of(public, ID, DOCUMENT).is_file()
    with twin.database.read() as connection:
        last = audit.lines(connection)[0]
    assert (last.what, dict(last.detail)) == ("publish_result", {"before": "internal", "after": "public"})


@pytest.mark.parametrize("name", ["../../tenant.sqlite", "result.json/..", "", "other.json", "RESULT.JSON", "a\0.json"])
def test_no_name_leads_out_of_a_result(twin: Tenant, tmp_path: Path, name: str) -> None:
    results.keep(twin, kept(), young(tmp_path))
    with pytest.raises(UnknownResult):
        results.file_of(twin, ID, name)


def test_a_removed_result_is_gone_but_not_from_the_log(twin: Tenant, tmp_path: Path) -> None:
    results.keep(twin, kept(), young(tmp_path))
    results.remove(twin, ID, "7")
    assert not (twin.directory / "results" / ID).exists()
    with pytest.raises(UnknownResult):
        results.result(twin.database, ID)
    with twin.database.read() as connection:
        assert [line.what for line in audit.lines(connection)][:2] == ["remove_result", "compute"]


def test_lists_are_newest_first_and_of_one_process(twin: Tenant, tmp_path: Path) -> None:
    for number, process in enumerate(("rain", "heat", "rain")):
        results.keep(twin, kept(f"{number:032x}", process, f"2026-05-0{number + 1}"), young(tmp_path))
    assert [r.id for r in results.results_of(twin.database)] == [f"{n:032x}" for n in (2, 1, 0)]
    assert [r.id for r in results.results_of(twin.database, "rain")] == [f"{n:032x}" for n in (2, 0)]
