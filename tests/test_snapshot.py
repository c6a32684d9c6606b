"""What is read in a snapshot is of one moment, on either database, whatever is written meanwhile."""

from sqlalchemy import Engine, bindparam, event, func, insert, select

from data_access.engine import Source, snapshot, write, writes_ended
from data_access.frames import read_frame, read_rows
from data_access.queries import dimensions
from data_access.schema import facility


def facilities(source: Source) -> int:
    with source.connect() as connection:
        return connection.scalar(select(func.count()).select_from(facility)) or 0


def open_facility(engine: Engine, number: int) -> None:
    with write(engine) as connection:
        connection.execute(insert(facility), [{"facility_id": number, "name": f"Synthetic Clinic {number}"}])


def test_a_snapshot_does_not_see_what_is_written_after_its_first_query(engine: Engine) -> None:
    with snapshot(engine) as source:
        before = facilities(source)
        open_facility(engine, 1)
        assert facilities(source) == before
        assert len(read_frame(source, select(facility))) == before
        assert dimensions.labels(source, "facility") == {}
        assert facilities(engine) == before + 1
    with snapshot(engine) as source:
        assert facilities(source) == before + 1


def test_a_statement_is_sent_once_in_a_snapshot_and_anew_in_the_next(engine: Engine) -> None:
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: sent.append(statement))
    names = select(facility.c.name)
    with snapshot(engine) as source:
        assert [len(read_rows(source, names)), len(read_frame(source, names)), len(read_rows(source, names))] == [0] * 3
        assert len([one for one in sent if "facility" in one]) == 1
    open_facility(engine, 1)
    with snapshot(engine) as source:
        assert [row.name for row in read_rows(source, names)] == ["Synthetic Clinic 1"]
        assert list(read_frame(source, names)["name"]) == ["Synthetic Clinic 1"]


def test_with_other_parameters_a_statement_is_answered_anew(engine: Engine) -> None:
    open_facility(engine, 1)
    one = select(facility.c.name).where(facility.c.facility_id == bindparam("of"))
    with snapshot(engine) as source:
        assert [len(read_rows(source, one, {"of": number})) for number in (1, 2, 1)] == [1, 0, 1]


def test_a_connection_comes_back_as_it_was(engine: Engine) -> None:
    with engine.connect() as connection:
        usual = connection.get_isolation_level()
    with snapshot(engine) as source:
        facilities(source)
    with engine.connect() as connection:
        assert connection.get_isolation_level() == usual


def test_writing_is_counted_when_it_ends_also_where_it_fails(engine: Engine) -> None:
    before = writes_ended()
    open_facility(engine, 1)
    assert writes_ended() == before + 1
    try:
        with write(engine):
            raise ValueError
    except ValueError:
        pass
    assert writes_ended() == before + 2
