"""dbt: https://docs.getdbt.com/reference/resource-configs/snowflake-configs"""

import json
from importlib.metadata import version
from pathlib import Path

from dbt.cli.main import dbtRunner
from trials import EMULATOR, does, main

PROFILE = {
    "type": "snowflake",
    "threads": 2,
    "client_session_keep_alive": False,
    "reuse_connections": True,
    **EMULATOR,
}
FILES = {
    "profiles.yml": json.dumps({"demo": {"target": "dev", "outputs": {"dev": PROFILE}}}),
    "dbt_project.yml": json.dumps(
        {"name": "demo", "version": "1.0", "profile": "demo", "flags": {"send_anonymous_usage_stats": False}}
    ),
    "seeds/customers.csv": "id,name,changed_at\n1,a,2020-01-01\n2,b,2020-01-02\n",
    "models/as_view.sql": "select id, upper(name) as name, changed_at from {{ ref('customers') }}",
    "models/as_table.sql": "{{ config(materialized='table') }} select * from {{ ref('as_view') }}",
    "models/as_transient.sql": "{{ config(materialized='table', transient=false, cluster_by=['id']) }}\n"
    "select * from {{ ref('as_view') }}",
    "models/as_merge.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select * from {{ ref('as_view') }} {% if is_incremental() %} where id >= 2 {% endif %}",
    "models/as_delete_insert.sql": "{{ config(materialized='incremental', unique_key='id',"
    " incremental_strategy='delete+insert') }}\nselect * from {{ ref('as_view') }}",
    "models/as_append.sql": "{{ config(materialized='incremental', incremental_strategy='append') }}\n"
    "select * from {{ ref('as_view') }}",
    "models/schema.yml": json.dumps(
        {
            "version": 2,
            "models": [
                {
                    "name": "as_table",
                    "description": "a table",
                    "config": {"persist_docs": {"relation": True, "columns": True}},
                    "columns": [{"name": "id", "description": "its key", "data_tests": ["unique", "not_null"]}],
                }
            ],
        }
    ),
    "snapshots/history.sql": "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols=['name'],"
    " target_schema='PUBLIC') }} select * from {{ ref('as_view') }}{% endsnapshot %}",
    "tests/no_negative.sql": "select * from {{ ref('as_table') }} where id < 0",
}
for name, text in FILES.items():
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text)


def dbt(*words: str) -> None:
    done = dbtRunner().invoke([*words, "--profiles-dir", ".", "--quiet"])
    if not done.success:
        results = getattr(done.result, "results", None) or []
        told = [f"{one.node.name}: {one.message}" for one in results if one.status in ("error", "fail")]
        told += getattr(done.result, "errors", None) or []
        raise RuntimeError("; ".join(told) or repr(done.exception))


@does("debug")
def _() -> None:
    dbt("debug")


@does("seed, and again with --full-refresh")
def _() -> None:
    dbt("seed")
    dbt("seed", "--full-refresh")


for _name in ("as_view", "as_table", "as_transient", "as_merge", "as_delete_insert", "as_append"):
    does(f"run {_name}, and again")(lambda name=_name: [dbt("run", "--select", name) for _ in range(2)])  # type: ignore[misc]


@does("run of all with --full-refresh")
def _() -> None:
    dbt("run", "--full-refresh")


@does("snapshot, and again after a change")
def _() -> None:
    dbt("snapshot")
    Path("seeds/customers.csv").write_text("id,name,changed_at\n1,a,2020-01-01\n2,c,2020-01-03\n")
    dbt("seed")
    dbt("snapshot")


@does("test: unique, not_null, a test of its own")
def _() -> None:
    dbt("test")


@does("build")
def _() -> None:
    dbt("build")


@does("docs generate")
def _() -> None:
    dbt("docs", "generate")


@does("show, compile")
def _() -> None:
    dbt("show", "--select", "as_table")
    dbt("compile")


main(f"{version('dbt-snowflake')} on dbt-core {version('dbt-core')}")
