"""What to do about an error of Snowflake's or of its connector, by its number or its text."""

import re

from .refusals import advice

_ACCOUNT = "Check account in connections.toml (ORGANIZATION-ACCOUNT)."
_NETWORK = "Check the network, the proxy and the account's name, then run the command again."

# Numbers, words of the text, and the next step. The first that fits is taken. A login that Snowflake refuses has the
# number 250001 whatever the reason, so that its text decides; the network comes last.
_NEXT_STEPS: tuple[tuple[str, str, str], ...] = (
    # Our own emulator
    (
        "",
        r"Process \d+, which .*, has ended|Nothing listens any more",
        "What it acknowledged is kept: run the command again.",
    ),
    ("", r"Process \d+, which .*, is stopped", "Continue it or end it, then run the command again."),
    # Who may come in, and from where
    (
        "390432",
        "Network policy is required",
        "A programmatic access token needs a network policy on its user: ask an administrator, or use a key pair.",
    ),
    (
        "39042[0-2]",
        "not allowed to access Snowflake|[Nn]etwork policy",
        "Connect from an allowed network (VPN), or ask for the policy to be changed.",
    ),
    (
        "390913|000666",
        r"trial (has )?(ended|expired)|[Aa]ccount is suspended|marked for decommission",
        "Add a payment method in Snowsight, or use another account.",
    ),
    # What the connection asks for
    (
        "39018[69]|003013",
        r"[Rr]ole '.*' specified in the connect string|role requested in the connection|Requested role .* not assigned",
        "Check role of the connection: it must be granted to the user, and an OAuth token must list it.",
    ),
    ("", "requested warehouse does not exist", "Check warehouse of the connection, or leave it out: setup needs none."),
    (
        "390201",
        "requested (database|schema) does not exist",
        "Check database and schema of the connection, or leave them out: setup needs none.",
    ),
    # How it signs in
    (
        "390318",
        "OAuth access token expired",
        "Get a new OAuth token for the connection, then run the command again.",
    ),
    (
        "3903..",
        "Invalid OAuth access token|differs from the user tied to the access token",
        "Check token of the connection: it must be an OAuth access token of this account, for this user.",
    ),
    (
        "39440.",
        "Programmatic access token is invalid",
        "Check token or token_file_path of the connection: the programmatic access token may have expired.",
    ),
    (
        "390144|39430.",
        "JWT token is invalid",
        "Check that the public key of private_key_file is set on the user (DESC USER), and this machine's clock.",
    ),
    (
        "390197",
        r"Multi-factor|uthenticat.*\b(MFA|TOTP)\b|\b(MFA|TOTP) authentication",
        "Use a connection with key-pair, a programmatic access token, or username_password_mfa.",
    ),
    (
        "39012.",
        r"(?i)\bduo\b.*(authenticat|enroll)|uthenticat.*\b(Duo|DUO)\b",
        "Approve the sign-in on your second device in time, or enroll one in Snowsight.",
    ),
    ("390106", "password (has )?expired", "Log in to Snowsight once and change the password."),
    ("390102", "temporarily locked", "Wait 15 minutes or ask an administrator to unlock the user."),
    ("390101", "User access disabled", "Ask an administrator to enable the user: ALTER USER ... SET DISABLED = FALSE."),
    ("390100", "Incorrect username or password", "Check user and password of the connection."),
    (
        "390191",
        "differs from the user (currently logged in )?at the I[Dd]P",
        "Sign in at the identity provider as the user of the connection, or change that user.",
    ),
    (
        "39011[0-5]",
        "token has expired|[Ss]ession (has expired|no longer exists)",
        "The session has ended: run the command again.",
    ),
    # What the connector finds in the connection before it connects
    ("251001", "Account must be specified|Invalid account identifier", _ACCOUNT),
    ("251005", "User is empty", "Add user to the connection."),
    (
        "251006",
        "Password (for .* )?is empty",
        "Add password to the connection, or sign in with a key pair (private_key_file).",
    ),
    ("", "Unknown authenticator", "Check authenticator of the connection."),
    ("251007|251019", "", "Change what it names in the connection."),
    (
        "251008",
        "[Pp]rivate key|passphrase|decrypt key|deserialize key",
        "Check private_key_file and private_key_file_pwd of the connection.",
    ),
    ("251009", "", "Name localhost in the hosts file of this machine."),
    ("251013|251020", "", "Add oauth_client_id and oauth_client_secret to the connection."),
    ("25101[456]", "", "Run the command again, and complete the sign-in in the browser in time."),
    (
        "25101[78]|251021",
        "",
        "Check workload_identity_provider of the connection, and run where the cloud gives this machine an identity.",
    ),
    (
        "25000[89]",
        "Unable to open a browser",
        "Sign in on a machine with a browser, or with a key pair (private_key_file).",
    ),
    ("25000[67]", r"\bSAML\b", "Check authenticator, user and password of the connection at the identity provider."),
    # What the role may do, and with what
    (
        "091089",
        "EXECUTE TASK privilege",
        "Ask an administrator for GRANT EXECUTE TASK ON ACCOUNT TO ROLE ..., the role that owns the task.",
    ),
    (
        "090073",
        "has exceeded its quota",
        "Raise the resource monitor's quota (credit_quota in config.py), or wait for its next period.",
    ),
    (
        "000606",
        "No active warehouse",
        "Use a role that may use the warehouse: GRANT USAGE ON WAREHOUSE ... TO ROLE ...",
    ),
    (
        "",
        "stream source without CHANGE_TRACKING",
        "Ask the owner of the table or view for ALTER TABLE (or VIEW) ... SET CHANGE_TRACKING = TRUE.",
    ),
    (
        "003001|003011|003102",
        r"\(42501\)|[Ii]nsufficient privileges",
        "Use a role that has the privilege, or ask for it to be granted.",
    ),
    # The way there
    (
        "254...",
        "(?i)certificate.verify.failed|SSLError",
        "Check account in connections.toml (another host has another certificate), and what a proxy does to TLS.",
    ),
    (
        "29050[0-4]",
        "Service is unavailable",
        "Snowflake cannot answer now (status.snowflake.com): run the command again later.",
    ),
    ("290403|290404", "404 Not Found|[Ii]ncorrect account|Verify the account name", _ACCOUNT),
    (
        "25000[35]|25101[012]",
        r"[Ff]ailed to resolve|Name or service not known|nodename nor servname"
        r"|[Cc]onnection (refused|reset|aborted|broken)|timed out|is unreachable|ProxyError"
        r"|Could not connect to Snowflake backend|connection is lost",
        _NETWORK,
    ),
    (
        "",
        r"Failed to connect to DB: ",
        "Snowflake has answered and refuses: check what connections.toml says for this connection.",
    ),
    ("250001", r"\(08001\)|[Ff]ailed to connect", _NETWORK),
)
# 250001 (08001): ..., or 250001: ...
_NUMBER = re.compile(r"\b\d{6}(?= \(\w{3,5}\)|:)")


def next_step(fact: str, sql: str = "", role: str = "") -> str | None:
    """What a person does about the error that a role's statement has met; None for one that is not known."""
    if sql and (given := advice(fact, sql, role)) is not None:
        return given
    numbers = _NUMBER.findall(fact)
    for wanted, words, step in _NEXT_STEPS:
        if any(re.fullmatch(wanted, number) for number in numbers) or (words and re.search(words, fact)):
            return step
    return None
