"""People, passwords, sessions, links, keys and the decisions who has which role."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import pytest
from argon2 import Type
from sqlalchemy import select, update

from kastor.store import Tenant, audit, grants, keys, passwords, people, sessions
from kastor.store.database import Database
from kastor.store.errors import (
    InvalidGrant,
    InvalidKey,
    InvalidPerson,
    LastAdministration,
    NewerTenant,
    PersonExists,
    TooManyAttempts,
    UnknownPerson,
    WeakPassword,
)
from kastor.store.instance import METADATA, REVISION, attempts, invitations, open_instance, passkeys, runs, sign_ins
from kastor.store.instance import grants as grant_table
from kastor.store.instance import keys as key_table
from kastor.store.instance import sessions as session_table
from kastor.store.moments import later
from kastor.store.roles import Right, Role

GOOD = "Regen Dachstuhl Ampel sieben"


@pytest.fixture
def instance(home: Path) -> Iterator[Database]:
    opened = open_instance(home)
    yield opened
    opened.close()


def new(instance: Database, login: str = "erika@stadt.example", password: str = "") -> str:
    with instance.write("test") as connection:
        person = people.create(connection, login, "Erika Muster")
        if password:
            people.set_password(connection, person.id, password)
    return person.id


def in_log(instance: Database) -> list[str]:
    with instance.read() as connection:
        assert audit.verify(connection, audit.kept_head(instance.directory)).faults == []
        return [line.what for line in reversed(audit.lines(connection))]


# passwords


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kurz", "15 are the least"),
        ("Xy7!" * 3, "15 are the least"),
        ("a" * 300, "at most 200"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats itself"),
        ("abcabcabcabcabcabc", "repeats itself"),
        ("passwort1passwort1", "repeats itself"),
        ("abcdefghijklmnopqrst", "counts up"),
        ("Erika.Muster.Stadt1", "made of your name"),
        ("kastor-kastor-erika", "made of your name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why):
        passwords.check(password, "erika.muster@stadt.example", "Erika Muster")


@pytest.mark.parametrize(
    "password", [GOOD, "nur kleine buchstaben", "日本語のパスワードは長くても良い", "🐢 Schildkröte im Turm"]
)
def test_long_passwords_of_any_characters_are_taken(password: str) -> None:
    kept = passwords.hashed(password, "erika", "Erika Muster")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, password)
    assert not passwords.fits(kept, password + " ")


def test_a_password_typed_with_composed_or_separate_marks_is_the_same() -> None:
    assert passwords.fits(passwords.hashed("Schlüssel im Fluß weit"), "Schlu\u0308ssel im Fluß weit")


def test_without_a_kept_password_none_fits() -> None:
    assert not passwords.fits("", GOOD)
    assert not passwords.fits("nonsense", GOOD)


# people


@pytest.mark.parametrize("login", ["", "zwei worte", "<b>", "a" * 300, "-x", "x@y@z", "ä@b"])
def test_an_impossible_login_is_named(instance: Database, login: str) -> None:
    with instance.write("test") as connection, pytest.raises(InvalidPerson, match="login"):
        people.create(connection, login, "Erika")


@pytest.mark.parametrize("name", ["", "  ", "a\r\nb", "x" * 201])
def test_an_impossible_name_is_named(instance: Database, name: str) -> None:
    with instance.write("test") as connection, pytest.raises(InvalidPerson, match="name"):
        people.create(connection, "erika", name)


def test_a_login_belongs_to_one_person_however_it_is_written(instance: Database) -> None:
    new(instance, "erika@stadt.example")
    with instance.write("test") as connection, pytest.raises(PersonExists):
        people.create(connection, " Erika@Stadt.Example ", "Erika Zwei")


def test_a_person_signs_in_with_login_and_password(instance: Database) -> None:
    person = new(instance, password=GOOD)
    assert people.signed_in(instance, " ERIKA@stadt.example", GOOD).id == person  # type: ignore[union-attr]
    assert people.signed_in(instance, "erika@stadt.example", GOOD + "x") is None
    assert people.signed_in(instance, "nobody", GOOD) is None


def test_somebody_without_a_password_cannot_sign_in_with_an_empty_one(instance: Database) -> None:
    new(instance)
    assert people.signed_in(instance, "erika@stadt.example", "") is None


@pytest.mark.parametrize("login", ["erika@stadt.example", "nobody@stadt.example"])
def test_too_many_wrong_passwords_slow_everybody_down_alike(instance: Database, login: str) -> None:
    new(instance, password=GOOD)
    for _ in range(people.FREE_ATTEMPTS):
        assert people.signed_in(instance, login, "wrong wrong wrong wrong") is None
    with pytest.raises(TooManyAttempts, match="too many wrong passwords") as caught:
        people.signed_in(instance, login, GOOD)
    assert 1 <= caught.value.wait <= people.FIRST_WAIT
    assert "sign-in slowed down" in in_log(instance)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_ends(instance: Database) -> None:
    new(instance, password=GOOD)
    with instance.write("test") as connection:
        key = people._attempt("erika@stadt.example")
        values = {"login": key, "failed": 40, "wait_until": later(seconds=-1), "last": later(seconds=-900)}
        connection.execute(attempts.insert().values(values))
    assert people.signed_in(instance, "erika@stadt.example", "wrong") is None
    with pytest.raises(TooManyAttempts) as caught:
        people.signed_in(instance, "erika@stadt.example", GOOD)
    assert people.LONGEST_WAIT - 5 < caught.value.wait <= people.LONGEST_WAIT
    with instance.write("test") as connection:
        connection.execute(update(attempts).values(wait_until=later(seconds=-1)))
    assert people.signed_in(instance, "erika@stadt.example", GOOD) is not None
    with instance.read() as connection:
        assert connection.execute(attempts.select()).all() == []


def test_nothing_a_stranger_typed_is_kept(instance: Database) -> None:
    people.signed_in(instance, "my secret password typed into the wrong field", "x")
    with instance.read() as connection:
        assert "secret" not in repr(connection.execute(attempts.select()).all())


def test_a_closed_account_lets_nobody_in(instance: Database) -> None:
    person = new(instance, password=GOOD)
    with instance.write("test") as connection:
        secret = sessions.begin(connection, person, "Firefox")
        people.close(connection, person, "")
    assert people.signed_in(instance, "erika@stadt.example", GOOD) is None
    assert sessions.holder(instance, secret) is None


def test_erasing_a_person_leaves_no_trace_of_them_and_a_whole_log(instance: Database, twin: Tenant) -> None:
    person = new(instance, password=GOOD)
    grants.grant(instance, twin.database, person, Role.PLANNER, "Stadtplanung")
    with instance.write("test") as connection:
        people.erase(connection, person, "")
    with instance.read() as connection:
        rows = [connection.execute(table.select()).all() for table in METADATA.sorted_tables]
        assert "erika" not in repr(rows).casefold()
        assert "Muster" not in repr(rows)
        assert audit.verify(connection, audit.kept_head(instance.directory)).faults == []
    with twin.database.read() as connection:
        assert audit.verify(connection, audit.kept_head(twin.directory)).faults == []
        assert audit.lines(connection)[0].subject == person


# sessions and links


def test_a_session_belongs_to_its_person_until_it_ends(instance: Database) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        secret, other = (sessions.begin(connection, person, device) for device in ("Firefox", "Handy"))
        (_, kept) = sessions.of_person(connection, person)
    holder = sessions.holder(instance, secret)
    assert holder is not None
    assert holder[0] == person
    with instance.write("test") as connection:
        sessions.end(connection, person, holder[1])
    assert sessions.holder(instance, secret) is None
    assert sessions.holder(instance, other) is not None
    with instance.write("test") as connection:
        sessions.end_all(connection, person)
    assert sessions.holder(instance, other) is None
    assert kept.person == person


@pytest.mark.parametrize(
    "times", [{"seen": later(hours=-sessions.IDLE)}, {"until": later(seconds=-1)}], ids=["idle", "too old"]
)
def test_an_old_session_is_over(instance: Database, times: dict[str, str]) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        secret = sessions.begin(connection, person, "Firefox")
        connection.execute(update(session_table).values(times))
    assert sessions.holder(instance, secret) is None


def test_using_a_session_keeps_it_open(instance: Database) -> None:
    with instance.write("test") as connection:
        secret = sessions.begin(connection, people.create(connection, "x", "X").id, "Firefox")
        connection.execute(update(session_table).values(seen=later(hours=1 - sessions.IDLE)))
    assert sessions.holder(instance, secret) is not None
    with instance.read() as connection:
        assert connection.execute(session_table.select()).mappings().one()["seen"] > later(minutes=-1)


def test_no_secret_stands_in_the_database(instance: Database) -> None:
    person = new(instance, password=GOOD)
    with instance.write("test") as connection:
        session = sessions.begin(connection, person, "Firefox")
        link = sessions.invite(connection, person, sessions.PASSWORD, 1)
        _, key = keys.create(connection, person, "koeln", [Right.EDIT], "script", 30, person)
    with instance.read() as connection:
        everything = repr([connection.execute(table.select()).all() for table in METADATA.sorted_tables]).encode()
    for file in instance.directory.glob("instance.sqlite*"):
        everything += file.read_bytes()
    for secret in (GOOD, session, link, key.rsplit("_", 1)[1]):
        assert secret.encode() not in everything


def test_a_link_lets_in_once_and_not_for_ever(instance: Database) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        first = sessions.invite(connection, person, sessions.PASSWORD, 1)
        second = sessions.invite(connection, person, sessions.SIGN_IN, 1)
        assert sessions.invited(connection, first) is None
        assert sessions.invited(connection, second) == (person, sessions.SIGN_IN)
        sessions.redeem(connection, second)
        assert sessions.invited(connection, second) is None
        third = sessions.invite(connection, person, sessions.SIGN_IN, 1)
        connection.execute(update(invitations).values(until=later(seconds=-1)))
        assert sessions.invited(connection, third) is None


def test_a_new_password_ends_all_sessions(instance: Database) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        secret = sessions.begin(connection, person, "Firefox")
        people.set_password(connection, person, GOOD)
    assert sessions.holder(instance, secret) is None


# keys


def test_a_key_lets_in_for_its_rights_in_its_tenant_and_notes_the_day(instance: Database) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        key, sent = keys.create(connection, person, "koeln", [Right.EDIT, Right.LOAD], "Nachtlauf", 30, person)
    assert keys.holder(instance, sent) == (person, "koeln", frozenset({Right.EDIT, Right.LOAD}))
    with instance.read() as connection:
        (kept,) = keys.of_person(connection, person)
    assert kept.used == key.created[:10]


@pytest.mark.parametrize(
    "forged", ["", "kastor_", "kastor__", "kastor_{id}_", "kastor_{id}_x", "x_{id}_{secret}", "{id}"]
)
def test_a_forged_key_lets_nobody_in(instance: Database, forged: str) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        key, sent = keys.create(connection, person, "koeln", [Right.EDIT], "Nachtlauf", 30, person)
    assert keys.holder(instance, forged.format(id=key.id, secret=sent.rsplit("_", 1)[1])) is None


def test_a_key_that_ran_out_or_was_ended_lets_nobody_in(instance: Database) -> None:
    person = new(instance)
    with instance.write("test") as connection:
        old, sent_old = keys.create(connection, person, "koeln", [Right.EDIT], "alt", 1, person)
        connection.execute(update(key_table).where(key_table.c.id == old.id).values(until=later(seconds=-1)))
        ended, sent_ended = keys.create(connection, person, "koeln", [Right.EDIT], "weg", 1, person)
        keys.end(connection, person, ended.id, person)
        with pytest.raises(UnknownPerson):
            keys.end(connection, "somebody else", old.id, person)
    assert keys.holder(instance, sent_old) is None
    assert keys.holder(instance, sent_ended) is None


@pytest.mark.parametrize(
    ("rights", "title", "days"),
    [
        ([], "x", 1),
        ([Right.ADMINISTER], "x", 1),
        ([Right.EDIT], "", 1),
        ([Right.EDIT], "x", 0),
        ([Right.EDIT], "x", 999),
    ],
)
def test_a_senseless_key_is_not_made(instance: Database, rights: list[Right], title: str, days: int) -> None:
    with instance.write("test") as connection, pytest.raises(InvalidKey):
        keys.create(connection, "7", "koeln", rights, title, days, "7")


# who has which role


def test_a_role_is_a_decision_with_who_why_and_until_when(instance: Database, twin: Tenant) -> None:
    chief, erika = new(instance, "chief"), new(instance, "erika")
    grants.grant(instance, twin.database, chief, Role.ADMINISTRATION, "Einrichtung")
    grants.grant(instance, twin.database, erika, Role.PLANNER, "Bebauungsplan 12", chief, "2999-12-31")
    assert grants.roles_of(instance, erika) == {"musterstadt": frozenset({Role.PLANNER})}
    grants.withdraw(instance, twin.database, erika, Role.PLANNER, "Wechsel ins Hochbauamt", chief)
    assert grants.roles_of(instance, erika) == {}
    with instance.read() as connection:
        decision = grants.of_tenant(connection, "musterstadt")[0]
        assert grants.members(connection, "musterstadt") == {chief: frozenset({Role.ADMINISTRATION})}
        assert grants.of_person(connection, erika) == [decision]
    assert (decision.granted_by, decision.reason, decision.until[:10]) == (chief, "Bebauungsplan 12", "2999-12-31")  # type: ignore[index]
    assert (decision.ended_by, decision.ended_reason) == (chief, "Wechsel ins Hochbauamt")
    with twin.database.read() as connection:
        lines = audit.lines(connection)
    assert [(line.what, line.who, line.subject) for line in lines] == [
        ("withdraw", chief, erika), ("grant", chief, erika), ("grant", "", chief),
    ]  # fmt: skip
    assert "Bebauungsplan" not in repr(lines)


def test_a_role_ends_at_its_time(instance: Database, twin: Tenant) -> None:
    erika = new(instance)
    grants.grant(instance, twin.database, erika, Role.PLANNER, "Vertretung", until="2999-12-31")
    with instance.write("test") as connection:
        connection.execute(update(grant_table).values(until=later(seconds=-1)))
    assert grants.roles_of(instance, erika) == {}
    grants.grant(instance, twin.database, erika, Role.PLANNER, "noch einmal")


@pytest.mark.parametrize(
    ("role", "reason", "until"),
    [
        (Role.PLANNER, "", None),
        (Role.PLANNER, "x" * 501, None),
        (Role.OPERATOR, "Betrieb", None),
        (Role.PUBLIC, "alle", None),
        (Role.PLANNER, "gut", "gestern"),
        (Role.PLANNER, "gut", "2020-01-01"),
    ],
)
def test_a_senseless_decision_is_refused(
    instance: Database, twin: Tenant, role: Role, reason: str, until: str | None
) -> None:
    with pytest.raises(InvalidGrant):
        grants.grant(instance, twin.database, new(instance), role, reason, until=until)
    assert grants.roles_of(instance, "erika") == {}


def test_a_role_cannot_be_granted_twice_or_withdrawn_without_being_held(instance: Database, twin: Tenant) -> None:
    erika = new(instance)
    grants.grant(instance, twin.database, erika, Role.CLERK, "Bürgerbüro")
    with pytest.raises(InvalidGrant, match="already"):
        grants.grant(instance, twin.database, erika, Role.CLERK, "Bürgerbüro")
    with pytest.raises(InvalidGrant, match="has not got"):
        grants.withdraw(instance, twin.database, erika, Role.PLANNER, "nie gehabt")
    with pytest.raises(UnknownPerson):
        grants.grant(instance, twin.database, "niemand", Role.CLERK, "Bürgerbüro")


def test_the_last_person_who_can_grant_roles_stays(instance: Database, twin: Tenant) -> None:
    chief, deputy, guest = (new(instance, login) for login in ("chief", "deputy", "guest"))
    grants.grant(instance, twin.database, chief, Role.ADMINISTRATION, "Leitung")
    grants.grant(instance, twin.database, guest, Role.ADMINISTRATION, "nur im Urlaub", until="2999-12-31")
    with pytest.raises(LastAdministration):
        grants.withdraw(instance, twin.database, chief, Role.ADMINISTRATION, "geht in Rente")
    grants.grant(instance, twin.database, deputy, Role.ADMINISTRATION, "Nachfolge")
    grants.withdraw(instance, twin.database, chief, Role.ADMINISTRATION, "geht in Rente")
    with instance.write("test") as connection:
        people.close(connection, chief, "")
    with pytest.raises(LastAdministration):
        grants.withdraw(instance, twin.database, deputy, Role.ADMINISTRATION, "auch weg")


def test_the_operator_is_a_role_of_the_instance(instance: Database) -> None:
    erika = new(instance)
    grants.grant(instance, None, erika, Role.OPERATOR, "Rechenzentrum")
    assert grants.roles_of(instance, erika) == {"": frozenset({Role.OPERATOR})}
    assert in_log(instance)[-1] == "grant"
    with pytest.raises(InvalidGrant):
        grants.grant(instance, None, erika, Role.PLANNER, "nicht hier")


def test_people_of_a_newer_kastor_are_left_alone(home: Path) -> None:
    opened = open_instance(home)
    with opened.write("test") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(NewerTenant, match="Update Kastor"):
        open_instance(home)


def test_people_of_an_older_kastor_stay_and_get_the_new_tables(home: Path) -> None:
    opened = open_instance(home)
    with opened.write("test") as connection:
        people.create(connection, "erika", "Erika Muster")
        for table in (sign_ins, passkeys, runs):
            table.drop(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    opened.close()
    for _ in range(2):
        again = open_instance(home)
        with again.read() as connection:
            assert [one.login for one in people.everybody(connection)] == ["erika"]
            assert connection.execute(select(passkeys)).fetchall() == []
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == REVISION
        again.close()


def test_passwords_are_kept_as_hard_as_rfc_9106_recommends() -> None:
    found = find_spec("kastor.store.passwords")
    assert found is not None
    assert found.loader is not None
    # the tests share a quick one
    earnest = module_from_spec(found)
    found.loader.exec_module(earnest)
    hasher = earnest._HASHER
    assert (hasher.type, hasher.time_cost, hasher.memory_cost) == (Type.ID, 3, 64 * 1024)
