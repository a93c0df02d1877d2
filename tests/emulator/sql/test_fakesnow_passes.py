"""The list of fakesnow's passes, against the list that fakesnow has itself."""

import pytest
import sqlglot
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow

from src.emulator.sql.fakesnow_passes import PASSES
from src.emulator.sql.passes import Passes

STATEMENTS = """
SELECT i, "j" FROM t AS a JOIN b.s.U ON a.I = U.i WHERE A.i > 1 ORDER BY 1
SELECT CURRENT_VERSION()
CREATE TABLE T (I INT, N NUMBER(38,0), M NUMBER(10,2), V VARCHAR(10), F FLOAT, D TIMESTAMP_NTZ) COMMENT = 'c'
CREATE TABLE T (A ARRAY, O OBJECT, W VARIANT)
CREATE TABLE T AS SELECT 1::INT AS I, 'x'::VARCHAR(5) AS V
CREATE VIEW V COMMENT = 'c' AS SELECT I FROM T
CREATE TABLE T CLONE U
DROP TABLE T
ALTER TABLE T SET COMMENT = 'c'
ALTER TABLE T ALTER COLUMN I COMMENT 'c'
ALTER TABLE T SET TAG A = 'b'
ALTER TABLE T CLUSTER BY (I)
ALTER TABLE T DROP CLUSTERING KEY
ALTER TABLE T RESUME RECLUSTER
ALTER TABLE T ADD COLUMN V VARCHAR(7)
COMMENT ON TABLE T IS 'c'
SELECT TRY_PARSE_JSON('{}'), HAVERSINE(1, 2, 3, 4)
SELECT SPLIT('a,b', ','), TRIM(I::VARCHAR), X'61', SHA2('a'), SHA2('a', 256), SHA2_BINARY('a')
SELECT A[0], A['k'], W:a.b::VARCHAR, UPPER(W:a), LOWER(W:a), W:a = 1 AND W:b::INT = 2 FROM T
SELECT VALUE::VARCHAR, F.INDEX FROM T, LATERAL FLATTEN(INPUT => A) AS F
SELECT VALUE::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[1]')))
SELECT REGEXP_REPLACE(V, 'a', 'b'), REGEXP_SUBSTR(V, 'a.c', 1, 2) FROM T
SELECT * FROM VALUES (1, 'a'), (2, 'b')
SELECT TO_DATE('2026-01-01'), TO_DATE(V), TO_DECIMAL('1.5', 10, 2), TO_NUMBER(V), TO_VARIANT(1) FROM T
SELECT '2026-01-01 10:00:00 +09:00'::TIMESTAMP_TZ, V::TIMESTAMP_NTZ, V::TIMESTAMP FROM T
SELECT TO_TIMESTAMP(1), TO_TIMESTAMP(V), TO_TIMESTAMP_NTZ(V) FROM T
SELECT OBJECT_CONSTRUCT('a', 1), OBJECT_CONSTRUCT(*), OBJECT_CONSTRUCT_KEEP_NULL('a', NULL) FROM T
SELECT OBJECT_CONSTRUCT('a', 1) AS O FROM T WHERE O IS NOT NULL
SELECT I + 1 AS J FROM T JOIN U ON J = U.I
SELECT ARRAY_SIZE(A), ARRAY_CONSTRUCT(1, 2), ARRAY_CONSTRUCT_COMPACT(1, NULL), ARRAY_CAT(A, A), [1, 2] FROM T
SELECT ARRAY_AGG(I), ARRAY_AGG(I) WITHIN GROUP (ORDER BY I), ARRAY_AGG(I) OVER (PARTITION BY V), OBJECT_AGG(V, W) FROM T
SELECT DATEADD(DAY, 1, V::DATE), DATEADD(HOUR, 1, '2026-01-01'), DATEDIFF(DAY, '2026-01-01', '2026-02-01') FROM T
SELECT SUM(V), AVG(V) AS A, VARIANCE(I), VAR_POP(I), STDDEV(I), STDDEV_SAMP(I), STDDEV_POP(I), MEDIAN(I) FROM T
INSERT INTO T SELECT SUM(V), COUNT(*) FROM (SELECT V FROM U WHERE V IN (SELECT W:a::VARCHAR FROM X)) GROUP BY V
UPDATE T SET I = SPLIT(V, ',')[0]::INT FROM U WHERE T.I = U.I
DELETE FROM T USING U WHERE T.I = U.I AND SPLIT(T.V, ',')[0] = 'a'
""".strip().splitlines()


@pytest.fixture(scope="module")
def theirs() -> FakeSnowflakeCursor:
    cursor: FakeSnowflakeCursor = FakeSnow().connect().cursor()
    return cursor


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_passes_come_to_what_fakesnows_own_come_to(theirs: FakeSnowflakeCursor, sql: str) -> None:
    passes = Passes(sqlglot.parse_one(sql, read="snowflake"))
    for kinds, rewritten in PASSES:
        passes.over(kinds, rewritten)
    whole = theirs._transform(sqlglot.parse_one(sql, read="snowflake"), None)
    assert passes.root.sql(dialect="duckdb") == whole.sql(dialect="duckdb")


def test_every_pass_meets_a_node_that_it_looks_at() -> None:
    nodes = [node for sql in STATEMENTS for node in sqlglot.parse_one(sql, read="snowflake").walk()]
    assert [rewritten for kinds, rewritten in PASSES if not any(isinstance(node, kinds) for node in nodes)] == []
