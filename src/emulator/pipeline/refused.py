"""The statements that Snowflake has and the emulator does not: each is refused by its name.

The table in docs/emulator.md is made from this one too. What is in neither table is no statement of Snowflake's.
"""

from collections.abc import Iterator

# Kinds of objects: what CREATE, ALTER, DROP and DESCRIBE call one, and SHOW several.
_KINDS = {
    kind: plural or f"{kind}S"
    for kind, _, plural in (
        line.strip().partition(" / ")
        for line in """
            AGENT
            AGGREGATION POLICY / AGGREGATION POLICIES
            ALERT
            API INTEGRATION
            APPLICATION
            APPLICATION PACKAGE
            APPLICATION ROLE
            AUTHENTICATION POLICY / AUTHENTICATION POLICIES
            BACKUP POLICY / BACKUP POLICIES
            BACKUP SET
            CATALOG INTEGRATION
            COMPUTE POOL
            CONNECTION
            CONTACT
            CORTEX SEARCH SERVICE
            DATABASE ROLE
            DATASET
            DBT PROJECT
            DYNAMIC TABLE
            EVENT TABLE
            EXTERNAL ACCESS INTEGRATION
            EXTERNAL FUNCTION
            EXTERNAL TABLE
            FAILOVER GROUP
            FUNCTION
            GIT REPOSITORY / GIT REPOSITORIES
            HYBRID TABLE
            IMAGE REPOSITORY / IMAGE REPOSITORIES
            INDEX / INDEXES
            JOIN POLICY / JOIN POLICIES
            LISTING
            MANAGED ACCOUNT
            MASKING POLICY / MASKING POLICIES
            MATERIALIZED VIEW
            MODEL
            NETWORK POLICY / NETWORK POLICIES
            NETWORK RULE
            NOTEBOOK
            NOTIFICATION INTEGRATION
            ORGANIZATION ACCOUNT
            PACKAGES POLICY / PACKAGES POLICIES
            PASSWORD POLICY / PASSWORD POLICIES
            PIPE
            PRIVACY POLICY / PRIVACY POLICIES
            PROCEDURE
            PROJECTION POLICY / PROJECTION POLICIES
            REPLICATION GROUP
            ROW ACCESS POLICY / ROW ACCESS POLICIES
            SECRET
            SECURITY INTEGRATION
            SEMANTIC VIEW
            SEQUENCE
            SERVICE
            SESSION POLICY / SESSION POLICIES
            SNAPSHOT
            STORAGE INTEGRATION
            STORAGE LIFECYCLE POLICY / STORAGE LIFECYCLE POLICIES
            STREAMLIT
            TAG
            USER
        """.strip().splitlines()
    )
}

_OTHERS = """
    ALTER ACCOUNT
    ALTER INTEGRATION
    DESCRIBE EXTERNAL VOLUME
    DESCRIBE INTEGRATION
    DESCRIBE RESULT
    DESCRIBE TRANSACTION
    DROP INTEGRATION
    EXECUTE ALERT
    EXECUTE JOB SERVICE
    EXECUTE NOTEBOOK
    EXPLAIN
    GRANT CALLER
    GRANT DATABASE ROLE
    GRANT SERVICE ROLE
    REVOKE CALLER
    REVOKE DATABASE ROLE
    SHOW ACCOUNTS
    SHOW AVAILABLE LISTINGS
    SHOW CHANNELS
    SHOW CLASSES
    SHOW DELEGATED AUTHORIZATIONS
    SHOW INTEGRATIONS
    SHOW REGIONS
    SHOW REPLICATION ACCOUNTS
    SHOW REPLICATION DATABASES
    SHOW TERSE
    SHOW WORKSPACES
    UNDROP ACCOUNT
    UNDROP DYNAMIC TABLE
    UNDROP EXTERNAL VOLUME
    UNDROP ICEBERG TABLE
    UNDROP NOTEBOOK
    UNDROP STREAMLIT
    UNDROP TAG
"""

# Where the page is not called like the statement; the address is under sql/.
PAGES = {
    "GRANT CALLER": "grant-caller",
    "SHOW TERSE": "show-objects",
}


def of_kinds() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each kind of object with its statements."""
    for kind, plural in _KINDS.items():
        yield kind, (*(f"{verb} {kind}" for verb in ("CREATE", "ALTER", "DROP", "DESCRIBE")), f"SHOW {plural}")


def others() -> tuple[str, ...]:
    return tuple(line.strip() for line in _OTHERS.strip().splitlines())
