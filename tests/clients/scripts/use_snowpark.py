"""Snowpark: https://docs.snowflake.com/en/developer-guide/snowpark/python/index"""

from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from snowflake.snowpark import DataFrame, Session, Window
from snowflake.snowpark import functions as f
from snowflake.snowpark.types import IntegerType, StringType, StructField, StructType
from trials import EMULATOR, does, equal, main

session = Session.builder.configs(EMULATOR).create()
FRAME = pd.DataFrame({"ID": [1, 2, 3], "NAME": ["a", "b", None], "PRICE": [1.5, 2.5, 3.5]})


def rows(frame: DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in frame.collect()]


@does("create_dataframe of rows, with a schema, of pandas")
def _() -> None:
    equal(rows(session.create_dataframe([(1, "a"), (2, None)], ["ID", "NAME"])), [(1, "a"), (2, None)])
    schema = StructType([StructField("ID", IntegerType()), StructField("NAME", StringType())])
    equal(rows(session.create_dataframe([(1, "a")], schema)), [(1, "a")])
    equal(rows(session.create_dataframe(FRAME).sort("ID"))[0], (1, "a", 1.5))


@does("write_pandas")
def _() -> None:
    table = session.write_pandas(FRAME, "PANDAS", auto_create_table=True, overwrite=True)
    equal(table.count(), 3)


@does("save_as_table in all modes")
def _() -> None:
    frame = session.create_dataframe([(1, "a"), (2, "b")], ["ID", "NAME"])
    for mode, count in (("overwrite", 2), ("append", 4), ("truncate", 2), ("ignore", 2)):
        frame.write.mode(mode).save_as_table("SAVED")
        equal(session.table("SAVED").count(), count)
    frame.write.save_as_table("SAVED_FOR_NOW", table_type="temporary")
    frame.write.save_as_table("SAVED_TRANSIENT", table_type="transient")


@does("select, filter, with_column, sort, distinct, group_by, agg, pivot, union, limit")
def _() -> None:
    frame = session.create_dataframe([(1, "a", 10), (2, "a", 20), (3, "b", 30)], ["ID", "KIND", "N"])
    equal(rows(frame.filter(f.col("N") > 10).select("ID").sort("ID")), [(2,), (3,)])
    equal(rows(frame.group_by("KIND").agg(f.sum("N").alias("S")).sort("KIND")), [("a", 30), ("b", 30)])
    equal(rows(frame.select("KIND").distinct().sort("KIND")), [("a",), ("b",)])
    equal(rows(frame.with_column("M", f.col("N") * 2).select("M").sort("M").limit(1)), [(20,)])
    equal(rows(frame.union_all(frame).select(f.count("*"))), [(6,)])
    equal(rows(frame.select("KIND", "N").pivot("KIND", ["a", "b"]).sum("N")), [(30, 30)])


@does("join by columns, by a condition, left, semi, anti, cross; lateral; self")
def _() -> None:
    left = session.create_dataframe([(1, "a"), (2, "b")], ["ID", "L"])
    right = session.create_dataframe([(1, "x")], ["ID", "R"])
    equal(rows(left.join(right, "ID")), [(1, "a", "x")])
    equal(
        rows(left.join(right, left["ID"] == right["ID"], "left").select("L", "R").sort("L")), [("a", "x"), ("b", None)]
    )
    equal(rows(left.join(right, "ID", "semi")), [(1, "a")])
    equal(rows(left.join(right, "ID", "anti")), [(2, "b")])
    equal(left.cross_join(right).count(), 2)


@does("window functions")
def _() -> None:
    frame = session.create_dataframe([("a", 1), ("a", 2), ("b", 3)], ["K", "N"])
    ranked = frame.select("K", "N", f.row_number().over(Window.partition_by("K").order_by("N")).alias("R"))
    equal(rows(ranked.sort("N")), [("a", 1, 1), ("a", 2, 2), ("b", 3, 1)])


@does("cache_result")
def _() -> None:
    equal(session.create_dataframe([(1,), (2,)], ["A"]).cache_result().count(), 2)


@does("Table.merge, update, delete")
def _() -> None:
    session.create_dataframe([(1, "a"), (2, "b")], ["ID", "NAME"]).write.mode("overwrite").save_as_table("TARGET")
    source = session.create_dataframe([(2, "c"), (3, "d")], ["ID", "NAME"])
    target = session.table("TARGET")
    changed = f.when_matched().update({"NAME": source["NAME"]})
    new = f.when_not_matched().insert({"ID": source["ID"], "NAME": source["NAME"]})
    done = target.merge(source, target["ID"] == source["ID"], [changed, new])
    equal((done.rows_inserted, done.rows_updated), (1, 1))
    equal(target.update({"NAME": "z"}, target["ID"] == 1).rows_updated, 1)
    equal(target.delete(target["ID"] == 3).rows_deleted, 1)


@does("read.csv, read.json, read.parquet from a stage; file.put and get")
def _() -> None:
    session.sql("CREATE OR REPLACE STAGE FILES").collect()
    Path("one.csv").write_text("1,a\n2,b\n")
    Path("one.json").write_text('{"id": 1}\n{"id": 2}\n')
    FRAME.to_parquet("one.parquet")
    for name in ("one.csv", "one.json", "one.parquet"):
        equal(session.file.put(name, "@FILES", auto_compress=False)[0].status, "UPLOADED")
    schema = StructType([StructField("ID", IntegerType()), StructField("NAME", StringType())])
    equal(rows(session.read.schema(schema).csv("@FILES/one.csv").sort("ID")), [(1, "a"), (2, "b")])
    equal(session.read.json("@FILES/one.json").count(), 2)
    equal(session.read.parquet("@FILES/one.parquet").count(), 3)
    session.file.get("@FILES/one.csv", "got")


@does("copy_into_table, copy_into_location")
def _() -> None:
    schema = StructType([StructField("ID", IntegerType()), StructField("NAME", StringType())])
    session.sql("CREATE OR REPLACE TABLE COPIED (ID INT, NAME VARCHAR)").collect()
    session.read.schema(schema).csv("@FILES/one.csv").copy_into_table("COPIED")
    equal(session.table("COPIED").count(), 2)
    done = session.table("COPIED").write.copy_into_location("@FILES/out/", file_format_type="parquet", header=True)
    equal(done[0].rows_unloaded, 2)


@does("session.range, generator")
def _() -> None:
    equal(rows(session.range(1, 6, 2)), [(1,), (3,), (5,)])
    equal(session.generator(f.seq4(), rowcount=3).count(), 3)


@does("to_pandas, to_pandas_batches, to_local_iterator, to_arrow")
def _() -> None:
    frame = session.range(5)
    equal(len(frame.to_pandas()), 5)
    equal(sum(len(part) for part in frame.to_pandas_batches()), 5)
    equal(len(list(frame.to_local_iterator())), 5)
    equal(frame.to_arrow().num_rows, 5)


@does("collect_nowait, AsyncJob, create_async_job")
def _() -> None:
    job = session.sql("SELECT 7 AS A").collect_nowait()
    equal([tuple(row) for row in job.result()], [(7,)])
    equal([tuple(row) for row in session.create_async_job(job.query_id).result("row")], [(7,)])


@does("table functions: split_to_table, flatten, join_table_function")
def _() -> None:
    words = session.table_function("split_to_table", f.lit("a b"), f.lit(" "))
    equal(rows(words.select("VALUE").sort("VALUE")), [("a",), ("b",)])
    frame = session.create_dataframe([("a b",)], ["T"])
    split = f.call_table_function("split_to_table", f.col("T"), f.lit(" "))
    equal(rows(frame.join_table_function(split).select("VALUE").sort("VALUE")), [("a",), ("b",)])
    listed = session.sql("SELECT ARRAY_CONSTRUCT(1, 2) AS L")
    equal(len(rows(listed.select(f.explode(f.col("L"))))), 2)


@does("random_split, sample, describe, na.fill, na.drop")
def _() -> None:
    parts = session.range(100).random_split([0.5, 0.5], seed=1)
    equal(sum(part.count() for part in parts), 100)
    equal(session.range(10).sample(n=3).count(), 3)
    frame = session.create_dataframe([(1, "a"), (None, "b")], ["A", "B"])
    equal(frame.na.drop().count(), 1)
    equal(rows(frame.na.fill({"A": 0}).sort("A"))[0], (0, "b"))
    session.range(3).describe().collect()


@does("create_or_replace_view, create_or_replace_temp_view, show, schema, explain")
def _() -> None:
    frame = session.range(3)
    frame.create_or_replace_view("SEEN")
    frame.create_or_replace_temp_view("SEEN_FOR_NOW")
    equal(session.table("SEEN").schema.names, ["ID"])
    frame.show()
    frame.explain()


@does("sql with binds, query_history, use_schema, get_current_*")
def _() -> None:
    with session.query_history() as history:
        equal(rows(session.sql("SELECT ? AS A, ? AS B", params=[1, "x"])), [(1, "x")])
    equal(len(history.queries) > 0, True)
    equal(session.get_current_schema().strip('"'), "PUBLIC")


@does("semi-structured columns and dates")
def _() -> None:
    frame = session.create_dataframe([({"a": [1]}, date(2020, 1, 2))], ["V", "D"])
    equal(rows(frame.select(f.col("V")["a"][0].cast("int"), f.year("D"))), [(1, 2020)])


main(version("snowflake-snowpark-python"))
session.close()
