"""GET_DDL: https://docs.snowflake.com/en/sql-reference/functions/get_ddl; recorded: frostlake/functions-get-ddl."""

import pytest

from tests.emulator.conftest import Fails, Run

pytestmark = pytest.mark.emulator("module")

PARENT = "CREATE TABLE P (ID INT PRIMARY KEY)"
WRITTEN = (
    (
        "CREATE TABLE T (ID INTEGER NOT NULL, NAME VARCHAR(100), SALARY NUMBER(10,2) DEFAULT 0, PRIMARY KEY (ID))",
        "TABLE",
        "create or replace TABLE T (\n\tID NUMBER(38,0) NOT NULL,\n\tNAME VARCHAR(100),\n"
        "\tSALARY NUMBER(10,2) DEFAULT 0,\n\tprimary key (ID)\n);",
    ),
    (
        "CREATE TRANSIENT TABLE T (A TEXT DEFAULT 'it''s' COMMENT 'c', CONSTRAINT U UNIQUE (A)) COMMENT = 'all'",
        "TABLE",
        "create or replace TRANSIENT TABLE T (\n\tA VARCHAR(16777216) DEFAULT 'it''s' COMMENT 'c',\n"
        "\tconstraint U unique (A)\n)COMMENT='all'\n;",
    ),
    (
        "CREATE TABLE T (A INT, CONSTRAINT F FOREIGN KEY (A) REFERENCES P (ID))",
        "TABLE",
        "create or replace TABLE T (\n\tA NUMBER(38,0),\n"
        "\tconstraint F foreign key (A) references DEMO.PUBLIC.P(ID)\n);",
    ),
    (
        "CREATE TABLE T (ID INTEGER IDENTITY(1, 1))",
        "TABLE",
        "create or replace TABLE T (\n\tID NUMBER(38,0) autoincrement start 1 increment 1 noorder\n);",
    ),
    (
        'CREATE TABLE T (AT DATE, NAME VARCHAR(8)) CLUSTER BY ( YEAR(at), substring("NAME", 0, 2))',
        "TABLE",
        'create or replace TABLE T cluster by ( YEAR(at), substring("NAME", 0, 2))(\n\tAT DATE,\n\tNAME VARCHAR(8)\n);',
    ),
    (
        'CREATE VIEW T AS SELECT ID AS "x y" FROM P WHERE ID > 0',
        "VIEW",
        'create or replace view T(\n\t"x y"\n) as SELECT ID AS "x y" FROM P WHERE ID > 0;',
    ),
    (
        "CREATE SECURE VIEW T (A) AS (SELECT ID FROM P);",
        "VIEW",
        "create or replace secure view T(\n\tA\n) as (SELECT ID FROM P);",
    ),
    (
        "CREATE SEQUENCE T START 5 INCREMENT 2",
        "SEQUENCE",
        "create or replace sequence T start with 5 increment by 2 noorder;",
    ),
)


@pytest.mark.parametrize(("statement", "kind", "text"), WRITTEN, ids=[statement for statement, _, _ in WRITTEN])
def test_an_object_is_written_so_that_it_makes_itself_again(run: Run, statement: str, kind: str, text: str) -> None:
    run(PARENT)
    run(statement)
    assert run(f"SELECT GET_DDL('{kind}', 't')") == [(text,)]
    run(f"SET DDL = (SELECT GET_DDL('{kind}', 'demo.public.t'))")
    run("EXECUTE IMMEDIATE $DDL")
    assert run(f"SELECT GET_DDL('{kind}', 'T') = $DDL") == [(True,)]


def test_a_schema_is_written_with_what_it_holds(run: Run) -> None:
    run(PARENT)
    run("CREATE VIEW V AS SELECT * FROM P")
    run("CREATE STAGE ST")
    table = "TABLE DEMO.PUBLIC.P (\n\tID NUMBER(38,0) NOT NULL,\n\tprimary key (ID)\n);"
    assert run("SELECT GET_DDL('SCHEMA', 'demo.public', TRUE)") == [
        (
            f"create or replace schema DEMO.PUBLIC;\n\ncreate or replace {table}\n"
            "create or replace view DEMO.PUBLIC.V(\n\tID\n) as SELECT * FROM P;",
        )
    ]


REFUSED = (
    ("CREATE TABLE T (A DATE DEFAULT CURRENT_DATE())", "GET_DDL('TABLE', 'T')", "a default that is worked out"),
    ("CREATE TABLE T (A INT) CHANGE_TRACKING = TRUE", "GET_DDL('TABLE', 'T')", "a table with CHANGE_TRACKING"),
    ("CREATE VIEW T COMMENT = 'c' AS SELECT 1 AS A", "GET_DDL('VIEW', 'T')", "GET_DDL of a view with a comment"),
    ("CREATE FILE FORMAT T TYPE = CSV", "GET_DDL('FILE_FORMAT', 'T')", "GET_DDL of the type FILE_FORMAT"),
    ("CREATE FILE FORMAT T TYPE = CSV", "GET_DDL('SCHEMA', 'PUBLIC')", "GET_DDL of a schema with a file format"),
    ("CREATE TABLE T (A INT)", "GET_DDL('TABLE', A) FROM T", "GET_DDL of anything but two texts"),
)


@pytest.mark.parametrize(("statement", "call", "message"), REFUSED)
def test_what_has_no_documented_form_is_refused(
    run: Run, fails: Fails, statement: str, call: str, message: str
) -> None:
    run(statement)
    assert message in str(fails(f"SELECT {call}"))


def test_an_absent_object_is_named(fails: Fails) -> None:
    assert fails("SELECT GET_DDL('TABLE', 'NOPE')").errno == 2003
