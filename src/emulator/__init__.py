"""An embedded Snowflake account: fakesnow and DuckDB, with what an account has and they lack.

Clients talk to it over HTTP on loopback, in Snowflake's own protocol. It imports nothing of the rest of the product.
"""

import warnings

# fakesnow fetches its results this way; a presenter can do nothing about it.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)
