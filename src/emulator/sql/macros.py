"""What Snowflake's casts and functions are in DuckDB's words: macros of the database that every session can see.

A macro that begins with `try_` is NULL for what cannot be converted. The others fail with a text that errors.py reads.
What a macro names in a query of its own begins with `_emulator`: a table of the client's, which an argument names, may
have any other name.
"""

import re

from sqlglot import Expr, exp

from ..language.moment_formats import OFFSETS

PLACE = "memory.main._sf_"
LARGEST = 134217728  # bytes of a text or array: https://docs.snowflake.com/en/sql-reference/data-types-text
FAILURE = "_emulator_fail"  # _emulator_fail:number:table|column:message


def call(name: str, *arguments: Expr) -> exp.Anonymous:
    """A call of the macro."""
    return exp.Anonymous(this=PLACE + name, expressions=list(arguments))


_ISO, _HOUR = r"\d{4,6}-\d{1,2}-\d{1,2}", r"([01]?\d|2[0-3])"
_TIME = rf"{_HOUR}(:\d{{1,2}}(:\d{{1,2}}(\.\d*)?)?)?"
_OFFSET = r" *(Z|[+-]\d{1,2}:?\d{2}|[+-]\d{1,2})"

# Words and digits that DuckDB reads as numbers and moments, and Snowflake does not.
# https://docs.snowflake.com/en/sql-reference/data-types-numeric (special values), .../data-types-datetime
# A mark before them makes a cast fail. The text stands once, so that a query of many columns stays short.
FOREIGN = r"_|\(bc\)|^\s*-\d+-|(^|[ t])24:|epoch|infinity|\+inf|[+-]nan"
_FOREIGN = f"""
own(s) AS regexp_replace(s, '^.*?(?:{FOREIGN})', '?\\0', 'is');
"""

# The rest of a text from a place on, without one of the matches that it has, or without all of them.
_REPLACED = """
replaced_at(s, pattern, new, found, skipped, which) AS left(s, skipped)
    || regexp_replace(found[which], pattern, new) || substr(s, skipped + length(found[which]) + 1);
replaced_one(s, pattern, new, found, which) AS CASE WHEN which > length(found) THEN s
    ELSE memory.main._sf_replaced_at(s, pattern, new, found, CAST(
        list_sum(list_transform(string_split_regex(s, pattern)[1:which], lambda one: length(one)))
        + coalesce(list_sum(list_transform(found[1:which - 1], lambda one: length(one))), 0) AS BIGINT), which) END;
replaced(s, pattern, new, first, which) AS left(s, CAST(first AS BIGINT) - 1) || CASE
    WHEN which = 0 THEN regexp_replace(substr(s, CAST(first AS BIGINT)), pattern, new, 'g')
    ELSE memory.main._sf_replaced_one(substr(s, CAST(first AS BIGINT)), pattern, new,
        regexp_extract_all(substr(s, CAST(first AS BIGINT)), pattern), CAST(which AS BIGINT)) END;
"""

# https://docs.snowflake.com/en/sql-reference/date-time-input-output#session-parameters-for-dates-times-and-timestamps
_MOMENTS = rf"""
whole_micros(n) AS CASE WHEN n % 1000 <> 0
    THEN CAST('_emulator_fail:2:|:a time with more than six digits of a second' AS INTEGER)
    ELSE CAST(n // 1000 AS BIGINT) END;
cut(t, unit) AS t - to_microseconds((epoch_us(t) % unit + unit) % unit);
of_nanos(n, unit) AS make_timestamp(memory.main._sf_whole_micros(n * unit));
epoch(n) AS make_timestamp(CAST(
    CASE WHEN abs(n) < 31536000000 THEN n * 1000000 WHEN abs(n) < 31536000000000 THEN n * 1000
         WHEN abs(n) < 31536000000000000 THEN n ELSE memory.main._sf_whole_micros(n) END AS BIGINT));
iso(s) AS CASE
    WHEN regexp_matches(s, '^\s*\d{{4,6}}-\d+-\d+') THEN regexp_replace(regexp_replace(trim(s),
        '^(\d{{4,6}})-0*(\d{{1,2}})-0*(\d{{1,2}})(?:$|[T ]+)', '\1-\2-\3 '),
        ' 0*(\d{{1,2}}):0*(\d{{1,2}}):0*(\d{{1,2}})', ' \1:\2:\3')
    WHEN regexp_matches(s, '^\s*\d{{1,2}}/\d{{1,2}}/\d{{4}}')
        THEN regexp_replace(trim(s), '^(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})(?:$|[T ]+)', '\3-\1-\2 ') END;
try_named_ltz(s) AS try_strptime(memory.main._sf_own(trim(s)), ['%a %b %d %H:%M:%S %z %Y', '%a, %d %b %Y %H:%M:%S %z',
    '%a, %d %b %Y %H:%M:%S', '%a %b %d %H:%M:%S %Y']);
try_named(s) AS try_strptime(memory.main._sf_own(trim(regexp_replace(s, ' [+-]\d{{4}}', ''))), ['%d-%b-%Y', '%d-%B-%Y',
    '%d-%b-%Y %H:%M:%S', '%a, %d %b %Y %H:%M:%S', '%a %b %d %H:%M:%S %Y']);
hours(s) AS regexp_replace(trim(s), ' (\d{{1,2}})$', ' \1:00');
try_ntz(s) AS CASE
    WHEN regexp_full_match(s, '\s*-?\d+\s*') THEN memory.main._sf_epoch(TRY_CAST(s AS HUGEINT))
    WHEN regexp_full_match(memory.main._sf_iso(s), '{_ISO} ({_TIME})?({_OFFSET})?') THEN TRY_CAST(
        memory.main._sf_hours(regexp_replace(memory.main._sf_iso(s), '( \d.*?){_OFFSET}$', '\1')) AS TIMESTAMP)
    ELSE CAST(memory.main._sf_try_named(s) AS TIMESTAMP) END;
try_ltz(s) AS CASE
    WHEN regexp_full_match(memory.main._sf_iso(s), '{_ISO} {_TIME}{_OFFSET}') THEN TRY_CAST(
        regexp_replace(memory.main._sf_iso(s), '( \d.*?) *(Z|[+-]\d{{1,2}}:?\d{{2}}|[+-]\d{{1,2}})$', '\1\2')
        AS TIMESTAMP WITH TIME ZONE)
    WHEN regexp_matches(s, '^[A-Za-z]{{3}},? ') THEN CAST(memory.main._sf_try_named_ltz(s) AS TIMESTAMP WITH TIME ZONE)
    WHEN regexp_full_match(s, '\s*-?\d+\s*') THEN timezone('UTC', memory.main._sf_try_ntz(s))
    ELSE CAST(memory.main._sf_try_ntz(s) AS TIMESTAMP WITH TIME ZONE) END;
try_date(s) AS CASE
    WHEN regexp_full_match(s, '\d{{4}}-\d{{2}}-\d{{2}}') THEN TRY_CAST(s AS DATE)
    WHEN regexp_full_match(memory.main._sf_iso(s), '{_ISO} ') THEN TRY_CAST(trim(memory.main._sf_iso(s)) AS DATE)
    ELSE CAST(memory.main._sf_try_ntz(s) AS DATE) END;
try_time(s) AS CASE
    WHEN regexp_full_match(s, '\s*-?\d+\s*') THEN CAST(memory.main._sf_epoch(TRY_CAST(s AS HUGEINT)) AS TIME)
    WHEN regexp_full_match(s, '\s*{_HOUR}:\d{{1,2}}(:\d{{1,2}}(\.\d*)?)?\s*') THEN TRY_CAST(
        regexp_replace(trim(s), '^(\d{{1,2}}:\d{{1,2}})$', '\1:00') AS TIME)
    WHEN regexp_matches(s, '[AaPp][Mm]\s*$')
        THEN CAST(try_strptime(trim(s), ['%I:%M %p', '%I:%M:%S %p', '%I:%M:%S.%f %p']) AS TIME)
    ELSE CAST(memory.main._sf_try_ntz(s) AS TIME) END;
time_of_nanos(n) AS CASE WHEN n IS NULL THEN NULL WHEN n < 0
        THEN CAST(CAST(CAST('_emulator_fail:2:|:TIME_FROM_PARTS before midnight' AS INTEGER) AS VARCHAR) AS TIME)
    WHEN n % 1000 <> 0 THEN CAST(CAST(CAST(
        '_emulator_fail:2:|:a time with more than six digits of a second' AS INTEGER) AS VARCHAR) AS TIME)
    ELSE TIME '00:00:00' + to_microseconds(CAST(n % 86400000000000 // 1000 AS BIGINT)) END;
time_of_parts(h, m, s, n) AS memory.main._sf_time_of_nanos(
    (CAST(h AS HUGEINT) * 3600 + CAST(m AS HUGEINT) * 60 + CAST(s AS HUGEINT)) * 1000000000 + CAST(n AS HUGEINT));
micros_of_parts(h, m, s, n) AS CAST(
    (CAST(h AS HUGEINT) * 3600 + CAST(m AS HUGEINT) * 60 + CAST(s AS HUGEINT)) * 1000000
    + memory.main._sf_whole_micros(CAST(n AS HUGEINT)) AS BIGINT);
told(d) AS CASE WHEN CAST(d AS DATE) < make_date(0, 1, 1) THEN CAST(CAST(CAST(
    '_emulator_fail:2:|:a text of a date before the year 0' AS INTEGER) AS VARCHAR) AS DATE) ELSE d END;
ntz_text(t) AS strftime(memory.main._sf_told(t), '%Y-%m-%d %H:%M:%S.%g');
offset_of(minutes) AS CASE WHEN minutes < 0 THEN '-' ELSE '+' END
    || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0');
zone(t) AS CASE WHEN getvariable('TIMEZONE') IS NULL THEN '+0000' ELSE memory.main._sf_offset_of(
    CAST(date_part('timezone', CAST(t AS TIMESTAMP WITH TIME ZONE)) AS BIGINT) // 60) END;
zone_text(zone) AS CASE zone WHEN '+0000' THEN 'Z' ELSE zone END;
ltz_text(t) AS strftime(memory.main._sf_told(t), '%Y-%m-%d %H:%M:%S.%g') || ' '
    || memory.main._sf_zone_text(memory.main._sf_zone(t));
tz_text(t) AS strftime(memory.main._sf_told(timezone('UTC', CAST(t AS TIMESTAMP WITH TIME ZONE))),
    '%Y-%m-%d %H:%M:%S.%g') || ' Z';
to_tz(t) AS CASE WHEN getvariable('TIMEZONE') IS NULL OR t IS NULL THEN t WHEN memory.main._sf_zone(t) = '+0000' THEN t
    ELSE CAST(CAST(CAST('_emulator_fail:2:|:TIMESTAMP_TZ with an offset other than UTC' AS INTEGER) AS VARCHAR)
        AS TIMESTAMP WITH TIME ZONE) END;
time_text(t) AS strftime(DATE '1970-01-01' + t, '%H:%M:%S');
date_text(d) AS strftime(memory.main._sf_told(d), '%Y-%m-%d');
zoned(s, zone) AS replace(replace(replace(s, '{OFFSETS["TZHTZM"]}', memory.main._sf_zone_text(zone)),
    '{OFFSETS["TZH:TZM"]}', left(zone, 3) || ':' || right(zone, 2)), '{OFFSETS["TZH"]}', left(zone, 3));
shown_date(d) AS strftime(memory.main._sf_told(d), coalesce(getvariable('DATE_OUTPUT_FORMAT'), '%Y-%m-%d'));
shown_time(t) AS strftime(DATE '1970-01-01' + t, coalesce(getvariable('TIME_OUTPUT_FORMAT'), '%H:%M:%S'));
shown_ntz(t) AS strftime(memory.main._sf_told(t),
    coalesce(getvariable('TIMESTAMP_NTZ_OUTPUT_FORMAT'), '%Y-%m-%d %H:%M:%S.%g'));
ltz_format() AS coalesce(getvariable('TIMESTAMP_LTZ_OUTPUT_FORMAT'), getvariable('TIMESTAMP_OUTPUT_FORMAT'));
shown_ltz(t) AS CASE WHEN memory.main._sf_ltz_format() IS NULL THEN memory.main._sf_ltz_text(t)
    ELSE memory.main._sf_zoned(strftime(memory.main._sf_told(CAST(t AS TIMESTAMP)),
        coalesce(memory.main._sf_ltz_format(), '%Y')), memory.main._sf_zone(t)) END;
tz_format() AS coalesce(getvariable('TIMESTAMP_TZ_OUTPUT_FORMAT'), getvariable('TIMESTAMP_OUTPUT_FORMAT'));
shown_tz(t) AS CASE WHEN memory.main._sf_tz_format() IS NULL THEN memory.main._sf_tz_text(t)
    ELSE memory.main._sf_zoned(strftime(memory.main._sf_told(timezone('UTC', CAST(t AS TIMESTAMP WITH TIME ZONE))),
        coalesce(memory.main._sf_tz_format(), '%Y')), '+0000') END;
is_too_fine(s) AS regexp_matches(s, '\.\d{{6}}\d*[1-9]');
ends_with_offset(s) AS regexp_matches(s, '[+-](0[1-9]|[1-9]\d|00:?(0[1-9]|[1-9]\d)):?(\d{{2}})?\s*$');
has_offset(s) AS regexp_matches(s, ':\d{{2}}(\.\d*)? *[+-]0*([1-9]|0:?0*[1-9])')
    OR (getvariable('TIMEZONE') IS NOT NULL AND NOT regexp_matches(s, ' \d.*(Z|[+-]0+(:?0+)?)\s*$|^\s*-?\d+\s*$')
        AND memory.main._sf_zone(memory.main._sf_try_ltz(s)) <> '+0000');
"""

# Variables have the names of session parameters, and are there where one is set: objects/session_parameters.py.
# https://docs.snowflake.com/en/sql-reference/functions-date-time#calendar-weeks-and-weekdays
_WEEKS = """
week_start() AS CAST(coalesce(getvariable('WEEK_START'), 0) AS INTEGER);
is_iso_like() AS memory.main._sf_week_start() < 2 AND coalesce(getvariable('WEEK_OF_YEAR_POLICY'), 0) = 0;
by_january_1() AS coalesce(getvariable('WEEK_OF_YEAR_POLICY'), 0) = 1;
week_shift() AS greatest(memory.main._sf_week_start() - 1, 0);
week(d) AS CAST(date_trunc('week', CAST(d AS DATE) - memory.main._sf_week_shift()) AS DATE)
    + memory.main._sf_week_shift();
weeks_between(a, b) AS CAST((memory.main._sf_week(b) - memory.main._sf_week(a)) // 7 AS INTEGER);
day_of_week(d) AS isodow(CAST(d AS DATE) - memory.main._sf_week_shift())
    % CASE WHEN memory.main._sf_week_start() = 0 THEN 7 ELSE 8 END;
year_of_week(d) AS CASE WHEN memory.main._sf_is_iso_like() THEN isoyear(CAST(d AS DATE))
    WHEN memory.main._sf_by_january_1() THEN year(CAST(d AS DATE)) ELSE year(memory.main._sf_week(d) + 3) END;
week_of_year(d) AS CASE WHEN memory.main._sf_is_iso_like() THEN week(CAST(d AS DATE))
    ELSE 1 + memory.main._sf_weeks_between(make_date(memory.main._sf_year_of_week(d), 1,
        CASE WHEN memory.main._sf_by_january_1() THEN 1 ELSE 4 END), d) END;
"""

# https://docs.snowflake.com/en/sql-reference/functions/to_boolean
_BOOLEANS = """
try_boolean(s) AS CASE
    WHEN lower(trim(s)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN TRUE
    WHEN lower(trim(s)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN FALSE END;
"""

# The remainder decides the last digit, half away from zero, and no digit is lost in between.
_NUMBERS = f"""
ratio(n, d) AS CASE WHEN d = 0 THEN CAST('{FAILURE}:100051:|:Division by zero' AS INTEGER)
    ELSE sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d))) END;
finite(s) AS CASE WHEN isinf(TRY_CAST(s AS DOUBLE)) AND regexp_matches(s, '\\d') THEN '?' || s
    ELSE memory.main._sf_own(s) END;
try_double(s) AS TRY_CAST(memory.main._sf_finite(s) AS DOUBLE);
defined(f, called, l) AS CASE WHEN f IS NULL OR isfinite(f) THEN f
    WHEN list_contains(list_transform(l, lambda x: isfinite(x)), FALSE) THEN f
    WHEN isinf(f) AND f > 0
        THEN CAST(CAST(CAST('{FAILURE}:2:|:a FLOAT beyond 1.8e308' AS INTEGER) AS VARCHAR) AS DOUBLE)
    ELSE CAST(CAST(CAST('{FAILURE}:100071:|:Invalid floating point operation: ' || called || '(' || array_to_string(
        list_transform(l, lambda x: memory.main._sf_float_text(x)), ',') || ')' AS INTEGER) AS VARCHAR) AS DOUBLE) END;
bucket(x, low, high, count) AS CASE WHEN x IS NULL OR low IS NULL OR high IS NULL OR count IS NULL THEN NULL
    WHEN count <= 0 OR low = high THEN CAST('{FAILURE}:2:|:WIDTH_BUCKET with no buckets' AS INTEGER)
    WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN CAST(count AS INTEGER) + 1
        ELSE CAST(floor((x - low) * count / (high - low)) AS INTEGER) + 1 END
    ELSE CASE WHEN x > low THEN 0 WHEN x <= high THEN CAST(count AS INTEGER) + 1
        ELSE CAST(floor((low - x) * count / (low - high)) AS INTEGER) + 1 END END;
or_null(f) AS CASE WHEN isnan(f) THEN NULL ELSE f END;
or_none(n) AS CASE WHEN n < 0 THEN 0 ELSE n END;
bits_and(a, b) AS a & b;
bits_or(a, b) AS a | b;
bits_xor(a, b) AS xor(a, b);
bits_not(n) AS -1 - n;
number_of(a, b) AS CAST(hash(a, b) >> 1 AS BIGINT);
any_integer(chance) AS CAST(CAST(hash(chance) AS HUGEINT) - 9223372036854775808 AS BIGINT);
corr(y, x) AS CASE WHEN NOT isnan(corr(y, x)) OR isnan(covar_pop(y, x)) THEN corr(y, x) END;
bits_left(n, k) AS CASE WHEN k BETWEEN 0 AND 63 AND n BETWEEN -9223372036854775808 AND 9223372036854775807
    THEN n * (1::HUGEINT << CAST(k AS INTEGER)) WHEN n IS NULL OR k IS NULL THEN NULL
    ELSE CAST('{FAILURE}:2:|:BITSHIFTLEFT beyond 64 bits' AS INTEGER) END;
bits_right(n, k) AS CASE WHEN n IS NULL OR k IS NULL THEN NULL
    WHEN k NOT BETWEEN 0 AND 63 THEN CAST('{FAILURE}:2:|:BITSHIFTRIGHT beyond 64 bits' AS INTEGER)
    WHEN n < 0 THEN -1 - (-1 - n) // (1::HUGEINT << CAST(k AS INTEGER))
    ELSE n // (1::HUGEINT << CAST(k AS INTEGER)) END;
percent(f) AS floor(f * 100 + 1e-9);
float_text(f) AS CASE WHEN isnan(f) THEN 'NaN' WHEN isinf(f) THEN CASE WHEN f > 0 THEN 'inf' ELSE '-inf' END
    ELSE regexp_replace(CAST(f AS VARCHAR), '\\.0$', '') END;
"""

# https://docs.snowflake.com/en/sql-reference/sql-format-models#fixed-position-numeric-formats
_MODELS = f"""
model_fail(told) AS CAST(CAST('{FAILURE}:2:|:TO_VARCHAR of ' || told || ' with this format' AS INTEGER) AS VARCHAR);
model_digits(s) AS CASE WHEN contains(s, '-') THEN '-' ELSE '' END || regexp_replace(s, '[^0-9.]', '', 'g');
model_left(t, width, filled) AS lpad(t, CAST(width AS INTEGER), filled);
model_whole(t, zeros) AS CASE WHEN zeros = 0 AND t = '0' THEN ''
    ELSE memory.main._sf_model_left(t, greatest(length(t), zeros), '0') END;
model_groups(t, separators) AS array_to_string(list_transform(range(1, length(t) + 1), lambda p:
    substr(t, p, 1) || CASE WHEN list_contains(separators, length(t) - p) THEN ',' ELSE '' END), '');
model_fraction(t, fixed) AS left(t, greatest(fixed, length(rtrim(t, '0'))));
model_sign(is_negative, sign, is_compact) AS CASE WHEN is_negative THEN '-' WHEN starts_with(sign, 'S') THEN '+'
    WHEN starts_with(sign, 'MI') AND NOT is_compact THEN ' ' ELSE '' END;
model_placed(body, sign_text, sign, dollar, width, is_compact) AS CASE
    WHEN suffix(sign, '>')
        THEN CASE WHEN is_compact THEN body ELSE memory.main._sf_model_left(body, width, ' ') END || sign_text
    WHEN sign = 'MI'
        THEN sign_text || CASE WHEN is_compact THEN body ELSE memory.main._sf_model_left(body, width, ' ') END
    WHEN is_compact THEN sign_text || dollar || body
    ELSE memory.main._sf_model_left(sign_text || dollar || body, 1 + length(dollar) + width, ' ') END;
by_model(n, rounded, sign, dollar, widest, separators, digits, zeros, places, fixed, is_compact) AS list_transform(
    [struct_pack(n := n, r := rounded, w := split_part(CAST(rounded AS VARCHAR), '.', 1),
        f := split_part(CAST(rounded AS VARCHAR), '.', 2))], lambda x: CASE
    WHEN x.n IS NULL THEN NULL
    WHEN x.r IS NULL OR length(x.w) > digits THEN CASE WHEN x.n > 0 AND sign = ''
        THEN CASE WHEN is_compact THEN '' ELSE ' ' END || dollar || widest
        ELSE memory.main._sf_model_fail('a number with too many digits and a sign') END
    WHEN x.n < 0 AND x.r = 0 THEN memory.main._sf_model_fail('a negative number that rounds to zero')
    WHEN places > 0 AND fixed = 0 AND rtrim(x.f, '0') = ''
        THEN memory.main._sf_model_fail('a number without a fraction')
    WHEN suffix(sign, '>') AND NOT is_compact AND length(memory.main._sf_model_fraction(x.f, fixed)) < places
        THEN memory.main._sf_model_fail('a number with blanks before its sign')
    ELSE memory.main._sf_model_placed(
        memory.main._sf_model_groups(memory.main._sf_model_whole(x.w, zeros), separators)
        || CASE WHEN places = 0 THEN '' WHEN is_compact THEN '.' || memory.main._sf_model_fraction(x.f, fixed)
            ELSE '.' || rpad(memory.main._sf_model_fraction(x.f, fixed), places, ' ') END,
        memory.main._sf_model_sign(x.n < 0, sign, is_compact), sign, dollar, length(widest), is_compact) END)[1];
"""

_TEXTS = f"""
within(n, size) AS CASE WHEN n > {LARGEST} // size
    THEN CAST('{FAILURE}:100082:|:Max LOB size ({LARGEST}) exceeded' AS INTEGER) ELSE CAST(n AS INTEGER) END;
repeat(s, n) AS CASE WHEN s = '' THEN '' ELSE repeat(s, memory.main._sf_within(n, greatest(strlen(s), 1))) END;
randstr(n, g) AS CASE WHEN n IS NOT NULL THEN coalesce(list_aggregate(list_transform(range(CASE
    WHEN n > 1000000 THEN CAST('{FAILURE}:2:|:RANDSTR of more than 1,000,000 characters' AS INTEGER)
    ELSE CAST(n AS BIGINT) END), lambda i: substr(
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', CAST(1 + hash(g, i) % 62 AS BIGINT), 1)),
        'string_agg', ''), '') END;
chr(n) AS CASE WHEN n BETWEEN 0 AND 1114111 THEN chr(CAST(n AS INTEGER)) WHEN n IS NOT NULL THEN
    CAST(CAST('{FAILURE}:100080:|:Invalid character code ' || n || ' in the CHR input' AS INTEGER) AS VARCHAR) END;
ascii(s) AS CASE WHEN s = '' THEN 0 ELSE CAST('0x' || left(hex(encode(s)), 2) AS INTEGER) END;
try_hex(s) AS CASE WHEN regexp_full_match(s, '([0-9A-Fa-f]{{2}})*') THEN unhex(s) END;
try_base64(s) AS CASE WHEN length(s) % 4 = 0 AND regexp_full_match(s, '[A-Za-z0-9+/]*={{0,2}}') THEN from_base64(s) END;
try_text_of_bytes(b) AS TRY(decode(b));
text_of_bytes(b, s) AS CASE WHEN TRY(decode(b)) IS NULL AND b IS NOT NULL THEN CAST(CAST(
    '{FAILURE}:100144:|:Invalid UTF8 detected while decoding ' || chr(39) || s || chr(39) AS INTEGER) AS VARCHAR)
    ELSE TRY(decode(b)) END;
bytes_from(b, s, n) AS CASE WHEN b IS NULL OR s IS NULL OR n IS NULL THEN NULL
    WHEN s < -octet_length(b) THEN ''::BLOB
    ELSE unhex(substr(hex(b), CASE WHEN s > 0 THEN 2 * s - 1 WHEN s = 0 THEN 1 ELSE 2 * s END,
        2 * greatest(CAST(n AS BIGINT), 0))) END;
first_bytes(b, n) AS unhex(left(hex(b), 2 * greatest(CAST(n AS BIGINT), 0)));
last_bytes(b, n) AS unhex(right(hex(b), 2 * greatest(CAST(n AS BIGINT), 0)));
bytes_reversed(b) AS unhex(array_to_string(list_reverse(regexp_extract_all(hex(b), '..')), ''));
bytes_put_in(b, s, n, i) AS memory.main._sf_first_bytes(b, s - 1) || i
    || memory.main._sf_bytes_from(b, s + n, octet_length(b));
lpad_bytes(b, n, p) AS CASE WHEN octet_length(p) = 0 OR n <= octet_length(b) THEN memory.main._sf_first_bytes(b, n)
    ELSE unhex(lpad(hex(b), CAST(2 * n AS INTEGER), hex(p))) END;
rpad_bytes(b, n, p) AS CASE WHEN octet_length(p) = 0 OR n <= octet_length(b) THEN memory.main._sf_first_bytes(b, n)
    ELSE unhex(rpad(hex(b), CAST(2 * n AS INTEGER), hex(p))) END;
place_of_bytes(p, b, s) AS CASE WHEN p IS NULL OR b IS NULL OR s IS NULL THEN NULL ELSE coalesce(list_aggregate(
    list_filter(range(greatest(CAST(s AS BIGINT), 1), octet_length(b) - octet_length(p) + 2),
        lambda i: substr(hex(b), 2 * i - 1, 2 * octet_length(p)) = hex(p)), 'min'), 0) END;
bytes_contain(b, p) AS memory.main._sf_place_of_bytes(p, b, 1) > 0;
bytes_start(b, p) AS starts_with(hex(b), hex(p));
bytes_end(b, p) AS suffix(hex(b), hex(p));
md5_upper(h) AS CAST('0x' || left(h, 16) AS UBIGINT)::DECIMAL(20, 0);
md5_lower(h) AS CAST('0x' || right(h, 16) AS UBIGINT)::DECIMAL(20, 0);
tokens(s, d) AS CASE WHEN s IS NULL OR d IS NULL THEN NULL
    ELSE to_json(list_filter(CASE WHEN d = '' THEN [s] ELSE string_split_regex(s, '[' || regexp_escape(d) || ']') END,
        lambda x: x <> '')) END;
"""

# The keys of an object are in order. A number of many digits is safer as it stands: what is inside an array or object
# DuckDB reads as a DOUBLE, which keeps about 17, so that a fraction of more is refused on its way in.
_SEMI_STRUCTURED = r"""
digits_of(t) AS trim(regexp_replace(t, '[eE].*|[^0-9]', '', 'g'), '0');
is_held(t) AS NOT contains(t, '.') OR memory.main._sf_digits_of(t)
    = memory.main._sf_digits_of(CAST(TRY_CAST(t AS DOUBLE) AS VARCHAR));
too_fine(t) AS CAST(CAST(CAST('_emulator_fail:2:|:a fraction of more digits than a FLOAT keeps in a VARIANT, ' || t
    || ',' AS INTEGER) AS VARCHAR) AS JSON);
too_fine_of(l) AS memory.main._sf_too_fine(list_filter(l, lambda t: NOT memory.main._sf_is_held(t))[1]);
checked(j) AS CASE WHEN regexp_full_match(CAST(j AS VARCHAR), '-?\d[\d.]{16,}')
    THEN memory.main._sf_too_fine_of([CAST(j AS VARCHAR)]) END;
element(j) AS coalesce(memory.main._sf_checked(j), j);
too_fine_in(s) AS memory.main._sf_too_fine_of(regexp_extract_all(
    regexp_replace(s, '"(?:[^"\\]|\\.)*"', '""', 'g'), '[:,\[\s]-?(\d+\.\d+(?:[eE][-+]?\d+)?)', 1));
is_nested(j) AS left(CAST(j AS VARCHAR), 1) IN ('{', '[');
sorted(j) AS CASE WHEN regexp_matches(CAST(j AS VARCHAR), '\d{16}') THEN CAST(json(j) AS VARCHAR)
    ELSE CAST(CAST(CAST(j AS VARIANT) AS JSON) AS VARCHAR) END;
variant_text(j) AS CASE WHEN memory.main._sf_is_nested(j) THEN memory.main._sf_sorted(j)
    WHEN regexp_full_match(CAST(j AS VARCHAR), '-?(\d[\d.]{16,}|Infinity)')
        THEN replace(CAST(j AS VARCHAR), 'Infinity', 'inf') ELSE j ->> '$' END;
number_json(t) AS CAST(rtrim(rtrim(t, '0'), '.') AS JSON);
numbers_of(l) AS list_transform(l, lambda x: memory.main._sf_number_json(CAST(x AS VARCHAR)));
variant_word(j) AS CASE WHEN json_type(j) IN ('VARCHAR', 'BOOLEAN', 'NULL') THEN j ->> '$'
    WHEN j IS NOT NULL THEN '#' END;
json_text(j) AS CASE WHEN memory.main._sf_is_nested(j) THEN memory.main._sf_sorted(j) ELSE CAST(j AS VARCHAR) END;
key(j) AS CASE WHEN j IS NULL THEN NULL ELSE struct_pack(
    k := CASE json_type(j) WHEN 'BOOLEAN' THEN 0 WHEN 'VARCHAR' THEN 2 WHEN 'OBJECT' THEN 3 WHEN 'ARRAY' THEN 4
        WHEN 'NULL' THEN 5 ELSE 1 END,
    n := CASE WHEN json_type(j) IN ('BOOLEAN', 'VARCHAR', 'OBJECT', 'ARRAY', 'NULL') THEN 0::DOUBLE
        ELSE coalesce(TRY_CAST(j ->> '$' AS DOUBLE), 0) END,
    i := CASE WHEN json_type(j) IN ('BOOLEAN', 'VARCHAR', 'OBJECT', 'ARRAY', 'NULL') THEN 0::HUGEINT
        ELSE coalesce(TRY_CAST(CAST(j AS VARCHAR) AS HUGEINT), 0) END,
    t := CASE WHEN json_type(j) IN ('BOOLEAN', 'VARCHAR', 'OBJECT', 'ARRAY') THEN memory.main._sf_variant_text(j)
        ELSE coalesce(CAST(memory.main._sf_checked(j) AS VARCHAR), '') END) END;
number_key(j, least, most) AS CASE WHEN left(CAST(j AS VARCHAR), 1) IN ('t', 'f') THEN least
    WHEN left(CAST(j AS VARCHAR), 1) IN ('"', '{', '[', 'n') THEN most ELSE CAST(j AS VARCHAR) END;
exact_key(t, more, least, most) AS CASE WHEN length(t) < 14 AND NOT contains(t, 'e') THEN t
    WHEN regexp_matches(t, '^-?\d{26}|e\+?(2[5-9]|[3-9]\d|\d{3})')
        THEN CASE WHEN starts_with(t, '-') THEN least ELSE most END
    ELSE regexp_replace(t, more, '\15') END;
variant_kind(j) AS CASE json_type(j)
    WHEN 'VARCHAR' THEN 'VARCHAR' WHEN 'BOOLEAN' THEN 'BOOLEAN' WHEN 'NULL' THEN 'NULL_VALUE'
    WHEN 'OBJECT' THEN 'OBJECT' WHEN 'ARRAY' THEN 'ARRAY' WHEN 'DOUBLE' THEN
        CASE WHEN regexp_matches(CAST(j AS VARCHAR), '[eE]') THEN 'DOUBLE'
             WHEN regexp_matches(CAST(j AS VARCHAR), '\.') THEN 'DECIMAL' ELSE 'INTEGER' END
    WHEN NULL THEN NULL ELSE CASE WHEN j IS NULL THEN NULL ELSE 'INTEGER' END END;
elements(j) AS CAST(j AS JSON[]);
array_size(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN json_array_length(j) END;
to_array(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN j WHEN j IS NULL OR json_type(j) = 'NULL' THEN NULL
    ELSE json_array(memory.main._sf_element(j)) END;
in_order(j) AS list_transform(CAST(j AS JSON[]), lambda x: {'k': coalesce(memory.main._sf_key(x), {
    'k': 5, 'n': 0::DOUBLE, 'i': 0::HUGEINT, 't': ''}), 'v': coalesce(x, 'null'::JSON)});
array_sort(j) AS to_json(list_transform(list_sort(memory.main._sf_in_order(j)), lambda e: e.v));
array_sort_desc(j) AS to_json(list_transform(list_reverse_sort(memory.main._sf_in_order(j)), lambda e: e.v));
without_nulls(j, called) AS CASE WHEN list_contains(list_transform(CAST(j AS JSON[]),
    lambda x: coalesce(json_type(x), 'NULL') = 'NULL'), TRUE)
    THEN CAST(CAST(CAST('_emulator_fail:2:|:' || called AS INTEGER) AS VARCHAR) AS JSON) ELSE j END;
array_append(j, v) AS CASE WHEN j IS NULL THEN NULL ELSE to_json(list_append(CAST(j AS JSON[]), v)) END;
array_prepend(j, v) AS CASE WHEN j IS NULL THEN NULL ELSE to_json(list_prepend(v, CAST(j AS JSON[]))) END;
array_cat(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
    ELSE to_json(list_concat(CAST(a AS JSON[]), CAST(b AS JSON[]))) END;
array_reverse(j) AS CASE WHEN j IS NULL THEN NULL ELSE to_json(list_reverse(CAST(j AS JSON[]))) END;
array_slice(j, a, b) AS CASE WHEN j IS NULL OR a IS NULL OR b IS NULL THEN NULL ELSE to_json(coalesce(list_slice(
    CAST(j AS JSON[]), CASE WHEN a < 0 THEN greatest(CAST(json_array_length(j) AS BIGINT) + a, 0) ELSE a END + 1,
    CASE WHEN b < 0 THEN CAST(json_array_length(j) AS BIGINT) + b ELSE b END), [])) END;
array_insert(j, p, v) AS CASE WHEN j IS NULL OR p IS NULL THEN NULL
    WHEN p > CAST(json_array_length(j) AS BIGINT) OR p < - CAST(json_array_length(j) AS BIGINT)
        THEN CAST(CAST(CAST('_emulator_fail:2:|:ARRAY_INSERT beyond the array' AS INTEGER) AS VARCHAR) AS JSON)
    ELSE to_json(list_concat(list_slice(CAST(j AS JSON[]), 1,
        CASE WHEN p < 0 THEN CAST(json_array_length(j) AS BIGINT) + p ELSE p END),
        [v], list_slice(CAST(j AS JSON[]), CASE WHEN p < 0 THEN CAST(json_array_length(j) AS BIGINT) + p ELSE p END + 1,
        CAST(json_array_length(j) AS BIGINT)))) END;
array_remove(j, v) AS CASE WHEN j IS NULL OR v IS NULL THEN NULL ELSE to_json(list_filter(CAST(j AS JSON[]),
    lambda x: x IS NULL OR memory.main._sf_key(x) <> memory.main._sf_key(v))) END;
array_remove_at(j, p) AS CASE WHEN j IS NULL OR p IS NULL THEN NULL ELSE to_json(list_filter(CAST(j AS JSON[]),
    lambda x, i: i - 1 <> CASE WHEN p < 0 THEN CAST(json_array_length(j) AS BIGINT) + p ELSE p END)) END;
array_flatten(j) AS CASE
    WHEN j IS NULL OR list_contains(list_transform(CAST(j AS JSON[]), lambda x: coalesce(json_type(x), 'NULL')), 'NULL')
        THEN NULL
    WHEN list_contains(list_transform(CAST(j AS JSON[]), lambda x: json_type(x) = 'ARRAY'), FALSE) THEN CAST(CAST(CAST(
        '_emulator_fail:100107:|:Not an array: ''Input argument to ARRAY_FLATTEN is not an array of arrays'
        || chr(39) AS INTEGER) AS VARCHAR) AS JSON)
    ELSE to_json(flatten(list_transform(CAST(j AS JSON[]), lambda x: CAST(x AS JSON[])))) END;
array_except(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE to_json(list_filter(CAST(a AS JSON[]),
    lambda x, i: len(list_filter(CAST(a AS JSON[])[1:i], lambda y: y IS NOT DISTINCT FROM x))
        > len(list_filter(CAST(b AS JSON[]), lambda y: y IS NOT DISTINCT FROM x)))) END;
array_intersection(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE to_json(list_filter(CAST(a AS JSON[]),
    lambda x, i: len(list_filter(CAST(a AS JSON[])[1:i], lambda y: y IS NOT DISTINCT FROM x))
        <= len(list_filter(CAST(b AS JSON[]), lambda y: y IS NOT DISTINCT FROM x)))) END;
array_range(a, b, s) AS CASE WHEN a IS NULL OR b IS NULL OR s IS NULL THEN NULL
    ELSE to_json(range(CAST(a AS BIGINT), CASE WHEN
        abs(CAST(b AS HUGEINT) - a) // greatest(abs(s), 1) * (length(CAST(greatest(abs(a), abs(b)) AS VARCHAR)) + 1)
        > 134217728 THEN CAST('_emulator_fail:100082:|:Max LOB size (134217728) exceeded' AS INTEGER)
        ELSE CAST(b AS BIGINT) END, CAST(s AS BIGINT))) END;
arrays_overlap(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
    ELSE list_has_any(CAST(a AS JSON[]), CAST(b AS JSON[])) END;
array_of(l) AS to_json(list_filter(l, lambda x: x IS NOT NULL));
elements_of(l) AS memory.main._sf_array_of(list_transform(l, lambda x: memory.main._sf_element(x)));
strip_null(j) AS CASE WHEN json_type(j) = 'NULL' THEN NULL ELSE j END;
array_compact(j) AS to_json(list_filter(CAST(j AS JSON[]), lambda x: json_type(x) <> 'NULL'));
array_max(j) AS CAST(list_sort(memory.main._sf_in_order(memory.main._sf_array_compact(j)))[-1].v AS JSON);
array_min(j) AS CAST(list_sort(memory.main._sf_in_order(memory.main._sf_array_compact(j)))[1].v AS JSON);
one_array(j) AS CASE WHEN j IS NULL THEN NULL ELSE json_array(j) END;
array_text(j, sep) AS CASE WHEN sep IS NULL THEN NULL ELSE array_to_string(list_transform(CAST(j AS JSON[]),
    lambda x: coalesce(json_extract_string(x, '$'), '')), sep) END;
is_null_value(j) AS CASE WHEN j IS NULL THEN NULL ELSE json_type(j) = 'NULL' END;
pair(k, v) AS CAST(to_json(CAST(k AS VARCHAR)) AS VARCHAR) || ':' || CAST(to_json(v) AS VARCHAR);
object_of(l) AS CAST('{' || coalesce(list_aggregate(l, 'string_agg', ','), '') || '}' AS JSON);
object_with(o, l) AS CAST(
    coalesce('{' || list_aggregate(l, 'string_agg', ',') || ',', '{') || substr(CAST(o AS VARCHAR), 2) AS JSON);
entries(o) AS list_sort(map_entries(TRY_CAST(o AS MAP(VARCHAR, JSON))));
member(k, v) AS CAST(to_json(k) AS VARCHAR) || ':' || coalesce(CAST(v AS VARCHAR), 'null');
object_insert(o, k, v, may_replace) AS CASE WHEN o IS NULL OR k IS NULL THEN o
    WHEN list_contains(json_keys(o), k) AND NOT may_replace THEN CAST(CAST(CAST(
        '_emulator_fail:100072:|:Duplicate field key ' || chr(39) || k || chr(39) AS INTEGER) AS VARCHAR) AS JSON)
    ELSE CAST('{' || array_to_string(list_concat(list_transform(
        list_filter(memory.main._sf_entries(o), lambda e: e.key <> k),
        lambda e: memory.main._sf_member(e.key, e.value)),
        CASE WHEN v IS NULL THEN [] ELSE [memory.main._sf_member(k, v)] END), ',') || '}' AS JSON) END;
object_keep(o, ks, kept) AS CAST('{' || array_to_string(list_transform(
    list_filter(memory.main._sf_entries(o), lambda e: list_contains(ks, e.key) = kept),
    lambda e: memory.main._sf_member(e.key, e.value)), ',') || '}' AS JSON);
read(j) AS coalesce(CASE WHEN regexp_matches(CAST(j AS VARCHAR), '\d[\d.]{16}')
    THEN memory.main._sf_too_fine_in(CAST(j AS VARCHAR)) END, j);
without_zeros(s) AS CAST(regexp_replace(s, '("(?:[^"\\]|\\.)*")|\.0+([,\]}]|$)', '\1\2', 'g') AS JSON);
json_of(s) AS CASE WHEN regexp_matches(s, '\d[eE][+-]?\d|\d{16}|\d[\d.]{16}')
    THEN coalesce(memory.main._sf_too_fine_in(s), memory.main._sf_without_zeros(s))
    ELSE memory.main._sf_without_zeros(CAST(json(s) AS VARCHAR)) END;
is_lenient(s) AS regexp_matches(s,
    '[{,]\s*([A-Za-z_]\w*|''[^'']*'')\s*:|,\s*[\]},]|\b(TRUE|FALSE|NULL|True|False|undefined|NaN)\b');
with_keys(s) AS CASE WHEN regexp_matches(s, '["'']') THEN s
    ELSE regexp_replace(s, '([{,]\s*)([A-Za-z_]\w*)\s*:', '\1"\2":', 'g') END;
is_of_bare_keys(s) AS CASE
    WHEN NOT memory.main._sf_is_lenient(s) OR NOT json_valid(memory.main._sf_with_keys(s)) THEN false
    WHEN json_type(memory.main._sf_with_keys(s)) <> 'OBJECT' THEN true
    ELSE len(json_keys(memory.main._sf_with_keys(s))) = len(list_distinct(json_keys(memory.main._sf_with_keys(s)))) END;
without_pairs(s) AS regexp_replace(regexp_replace(s, '\[\]|\{\}', '', 'g'), '\[\]|\{\}', '', 'g');
is_deep(s) AS length(s) > 10000 AND length(memory.main._sf_without_pairs(memory.main._sf_without_pairs(
    memory.main._sf_without_pairs(memory.main._sf_without_pairs(
        regexp_replace(s, '[^\[\]{}]', '', 'g')))))) > 10000;
parse_json(s) AS CASE WHEN s IS NULL THEN NULL WHEN trim(s) = '' THEN NULL
    WHEN memory.main._sf_is_deep(s) THEN CAST(CAST(CAST(
        '_emulator_fail:2:|:PARSE_JSON of a text of more than 5,000 levels' AS INTEGER) AS VARCHAR) AS JSON)
    WHEN json_valid(s) AND json_type(s) = 'OBJECT' AND len(json_keys(s)) <> len(list_distinct(json_keys(s)))
        THEN CAST(CAST(CAST('_emulator_fail:100069:|:Error parsing JSON: duplicate object attribute' AS INTEGER)
            AS VARCHAR) AS JSON)
    WHEN json_valid(s) THEN memory.main._sf_json_of(s)
    WHEN memory.main._sf_is_of_bare_keys(s) THEN memory.main._sf_json_of(memory.main._sf_with_keys(s))
    WHEN memory.main._sf_is_lenient(s) THEN CAST(CAST(CAST(
        '_emulator_fail:2:|:PARSE_JSON of a text that is not JSON to the letter' AS INTEGER) AS VARCHAR) AS JSON)
    ELSE CAST(CAST(CAST('_emulator_fail:100069:|:Error parsing JSON: ' || s AS INTEGER) AS VARCHAR) AS JSON) END;
try_parse_json(s) AS CASE WHEN memory.main._sf_is_deep(s) THEN CAST(CAST(CAST(
        '_emulator_fail:2:|:TRY_PARSE_JSON of a text of more than 5,000 levels' AS INTEGER) AS VARCHAR) AS JSON)
    WHEN trim(s) <> '' AND json_valid(s) THEN memory.main._sf_json_of(s)
    WHEN memory.main._sf_is_of_bare_keys(s) THEN memory.main._sf_json_of(memory.main._sf_with_keys(s))
    WHEN memory.main._sf_is_lenient(s) THEN CAST(CAST(CAST(
        '_emulator_fail:2:|:TRY_PARSE_JSON of a text that is not JSON to the letter' AS INTEGER) AS VARCHAR) AS JSON)
    END;
get_ignore_case(o, k) AS CASE WHEN k IS NOT NULL AND json_type(o) = 'OBJECT' THEN (list_filter(
    memory.main._sf_entries(o), lambda e: e.key = k) || list_filter(memory.main._sf_entries(o),
    lambda e: lower(e.key) = lower(k)))[1].value END;
items(j, prefix) AS list_transform(TRY_CAST(j AS JSON[]), lambda v, i: {'k': NULL::VARCHAR,
    'p': prefix || '[' || (i - 1) || ']', 'i': i - 1, 'v': coalesce(v, 'null'::JSON), 't': NULL::JSON});
members(j, prefix) AS list_transform(memory.main._sf_entries(j), lambda e: {'k': e.key,
    'p': CASE WHEN prefix = '' THEN e.key ELSE prefix || '.' || e.key END, 'i': NULL::BIGINT,
    'v': coalesce(e.value, 'null'::JSON), 't': NULL::JSON});
inner_of(j, prefix, kinds) AS CASE WHEN NOT list_contains(kinds, json_type(j)) THEN NULL
    WHEN json_type(j) = 'ARRAY' THEN memory.main._sf_items(j, prefix) ELSE memory.main._sf_members(j, prefix) END;
tree(j, prefix, kinds) AS (SELECT list({'k': CASE WHEN suffix(_emulator_at, ']') THEN NULL ELSE _emulator_key END,
    'p': CASE WHEN prefix = '' THEN ltrim(substr(_emulator_at, 2), '.') ELSE prefix || substr(_emulator_at, 2) END,
    'i': CASE WHEN suffix(_emulator_at, ']') THEN TRY_CAST(_emulator_key AS BIGINT) END, 'v': _emulator_value,
    't': json_extract(j, _emulator_path)} ORDER BY _emulator_id)
    FROM json_tree(CAST(memory.main._sf_json_text(j) AS JSON)) AS _emulator_tree(_emulator_key, _emulator_value,
        _emulator_type, _emulator_atom, _emulator_id, _emulator_parent, _emulator_at, _emulator_path)
    WHERE _emulator_parent IS NOT NULL AND list_contains(kinds, json_type(json_extract(j, _emulator_path)))
    AND CASE WHEN len(kinds) = 2 THEN true
    WHEN kinds[1] = 'ARRAY' THEN regexp_full_match(_emulator_path, '\$(\[\d+\])*')
    ELSE NOT contains(regexp_replace(_emulator_path, '"[^"]*"', '', 'g'), '[') END);
holds(j) AS coalesce(json_type(j) IN ('ARRAY', 'OBJECT'), false);
at_least_one(l, wanted, j) AS CASE WHEN wanted AND coalesce(len(l), 0) = 0
    THEN [{'k': NULL::VARCHAR, 'p': CASE WHEN memory.main._sf_holds(j) THEN '' END, 'i': NULL::BIGINT,
    'v': NULL::JSON, 't': NULL::JSON}] ELSE l END;
flatten(j, listed, sequence) AS TABLE SELECT sequence AS SEQ, _emulator_e.k AS KEY, _emulator_e.p AS PATH,
    _emulator_e.i AS INDEX, _emulator_e.v AS VALUE, CASE WHEN memory.main._sf_holds(j) THEN coalesce(_emulator_e.t, j)
    END AS THIS FROM (SELECT unnest(listed) AS _emulator_e);
"""


def creation_sql() -> str:
    parts = (_FOREIGN, _REPLACED, _MOMENTS, _WEEKS, _BOOLEANS, _NUMBERS, _MODELS, _TEXTS, _SEMI_STRUCTURED)
    definitions = "".join(parts).strip().rstrip(";")
    return "".join(f"CREATE OR REPLACE MACRO {PLACE}{_with_own_names(one)};\n" for one in definitions.split(";\n"))


def _with_own_names(definition: str) -> str:
    """A macro whose lambdas have parameters of our own: `e.v` may be a column of a table that a client calls E."""
    names = {name for listed in re.findall(r"lambda (\w+(?:, \w+)*):", definition) for name in listed.split(", ")}
    if not names:
        return definition.strip()
    parameter = rf"('(?:[^']|'')*')|(?<![\w.])({'|'.join(names)})(?!\w)"
    return re.sub(parameter, lambda found: found[1] or f"_emulator_{found[2]}", definition.strip())
