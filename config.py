"""The demo as data. Edit it, then run `python setup.py` again: the account is brought in line."""

from dataclasses import dataclass

from demos.factset_etf_iceberg.settings import FactsetDemo
from src.config import (
    Database,
    DemoConfig,
    FileFormat,
    Operations,
    Privilege,
    ResourceMonitor,
    Role,
    Schema,
    Stage,
    Warehouse,
)


@dataclass(frozen=True, kw_only=True)
class Config(DemoConfig):
    """The infrastructure, and a field for each demo that stands on it."""

    factset: FactsetDemo


CONFIG = Config(
    database=Database("DATA_ENG_DEMO", retention_days=90, comment="Data engineering demos."),
    schemas=(
        Schema("RAW_DATA", "Data as it arrived."),
        Schema("CURATED", "Data typed, deduplicated and checked."),
        Schema("ANALYTICS", "Data shaped for questions."),
    ),
    warehouses=(
        Warehouse("DATA_ENG_LOAD_WH", "MEDIUM", auto_suspend_seconds=300, comment="Loads files."),
        Warehouse("DATA_ENG_XFORM_WH", "LARGE", auto_suspend_seconds=300, comment="Runs transformations and tasks."),
        Warehouse("DATA_ENG_ANALYTICS_WH", "XSMALL", auto_suspend_seconds=60, comment="Answers analysts."),
    ),
    resource_monitor=ResourceMonitor("DATA_ENG_MONITOR", credit_quota=None),
    file_formats=(
        FileFormat(
            "CSV_FORMAT",
            "RAW_DATA",
            "CSV",
            {
                "FIELD_DELIMITER": ",",
                "SKIP_HEADER": 1,
                "FIELD_OPTIONALLY_ENCLOSED_BY": '"',
                "NULL_IF": ("", "NULL"),
                "EMPTY_FIELD_AS_NULL": True,
            },
            "Comma-separated, columns by position; the header is skipped.",
        ),
        FileFormat(
            "CSV_BY_NAME_FORMAT",
            "RAW_DATA",
            "CSV",
            {
                "FIELD_DELIMITER": ",",
                "PARSE_HEADER": True,
                "FIELD_OPTIONALLY_ENCLOSED_BY": '"',
                "ESCAPE_UNENCLOSED_FIELD": "NONE",
                "NULL_IF": (),
                "EMPTY_FIELD_AS_NULL": True,
                "SKIP_BLANK_LINES": True,
                "ERROR_ON_COLUMN_COUNT_MISMATCH": False,
            },
            "Comma-separated, columns by the names in the header, every text as it stands in the file.",
        ),
        FileFormat(
            "JSON_FORMAT", "RAW_DATA", "JSON", {"STRIP_OUTER_ARRAY": True}, "Each element of an outer array is a row."
        ),
        FileFormat(
            "PARQUET_FORMAT",
            "RAW_DATA",
            "PARQUET",
            {"BINARY_AS_TEXT": False, "USE_LOGICAL_TYPE": True},
            "Bytes are bytes, timestamps are timestamps.",
        ),
        FileFormat(
            "PIPE_DELIMITED_FORMAT",
            "RAW_DATA",
            "CSV",
            {
                "FIELD_DELIMITER": "|",
                "SKIP_HEADER": 1,
                "FIELD_OPTIONALLY_ENCLOSED_BY": '"',
                "NULL_IF": ("", "NULL"),
                "EMPTY_FIELD_AS_NULL": True,
            },
            "Pipe-delimited, columns by position; the header is skipped.",
        ),
    ),
    stages=(
        Stage("CSV_STAGE", "RAW_DATA", "CSV and pipe-delimited files."),
        Stage("JSON_STAGE", "RAW_DATA", "JSON files."),
        Stage("PARQUET_STAGE", "RAW_DATA", "Parquet files."),
        Stage("GENERAL_STAGE", "RAW_DATA", "Any other file."),
    ),
    roles=(
        Role(
            "DATA_ENG_ROLE",
            comment="Runs the pipelines.",
            privileges=(
                # A task runs with its owner's role alone.
                Privilege(("EXECUTE TASK",), "ACCOUNT"),
                Privilege(("USAGE",), "WAREHOUSE", ("DATA_ENG_LOAD_WH", "DATA_ENG_XFORM_WH", "DATA_ENG_ANALYTICS_WH")),
                Privilege(("USAGE",), "DATABASE"),
                Privilege(
                    ("USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE STREAM", "CREATE TASK"),
                    "SCHEMA",
                    ("RAW_DATA", "CURATED", "ANALYTICS"),
                ),
                Privilege(("USAGE",), "FILE FORMAT", ("CSV_FORMAT", "CSV_BY_NAME_FORMAT", "JSON_FORMAT")),
                Privilege(("USAGE",), "FILE FORMAT", ("PARQUET_FORMAT", "PIPE_DELIMITED_FORMAT")),
                Privilege(("READ", "WRITE"), "STAGE", ("CSV_STAGE", "JSON_STAGE", "PARQUET_STAGE", "GENERAL_STAGE")),
                Privilege(
                    ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"),
                    "TABLES",
                    ("RAW_DATA", "CURATED", "ANALYTICS"),
                ),
                Privilege(("SELECT",), "VIEWS", ("RAW_DATA", "CURATED", "ANALYTICS")),
            ),
        ),
        Role(
            "ANALYST_ROLE",
            comment="Reads curated data and analytics.",
            privileges=(
                Privilege(("USAGE",), "WAREHOUSE", ("DATA_ENG_ANALYTICS_WH",)),
                Privilege(("USAGE",), "DATABASE"),
                Privilege(("USAGE",), "SCHEMA", ("CURATED", "ANALYTICS")),
                Privilege(("SELECT",), "TABLES", ("CURATED", "ANALYTICS")),
                Privilege(("SELECT",), "VIEWS", ("CURATED", "ANALYTICS")),
            ),
        ),
    ),
    query_tag="DATA_ENG_DEMO_GENERATION",
    operations=Operations(
        price_per_credit=3.0, failure_threshold=0.0, reference_date=None, fiscal_year_start=1, ttl=None
    ),
    factset=FactsetDemo(
        source_database="ETF_DATA",
        simulated_database="ETF_DATA",
        source_schema="PUBLIC",
        source_table="CONSTITUENTS",
        schema="FACTSET",
        iceberg_schema="ICEBERG",
        stage="FACTSET_ETF_STAGE",
        # Runs and repairs the pipelines, beside the role that deploys and owns them; what it gets: its SQL files.
        role="DATA_ENG_ROLE",
        # The tasks' warehouse: "DATA_ENG_ANALYTICS_WH" is the cheaper one. Prices: demos/factset_etf_iceberg/README.md
        warehouse="DATA_ENG_XFORM_WH",
        monitoring_warehouse="DATA_ENG_ANALYTICS_WH",
        mirror_minutes=60,
    ),
)
