"""What fakesnow rewrites for DuckDB, in its order, each with the kinds of nodes that it looks at.

Left out is what concerns statements that fakesnow never sees here, such as SHOW and USE: the emulator runs them itself.
A test holds that the rest comes to what fakesnow's own list comes to.
"""

from fakesnow import transforms
from sqlglot import exp

from .passes import Pass

_OF_NUMBERS = (
    exp.Sum,
    exp.Avg,
    exp.Variance,
    exp.VariancePop,
    exp.Stddev,
    exp.StddevSamp,
    exp.StddevPop,
    exp.Median,
)

PASSES: tuple[Pass, ...] = (
    (exp.Identifier, transforms.upper_case_unquoted_identifiers),
    (exp.CurrentVersion, transforms.current_version),
    ((exp.Alter, exp.Create, exp.Comment), transforms.extract_comment_on_table),
    (exp.Alter, transforms.extract_comment_on_columns),
    ((exp.Alter, exp.Command, exp.Create, exp.Drop), transforms.tag),
    (exp.DataType, transforms.semi_structured_types),
    (exp.Anonymous, transforms.try_parse_json),
    (exp.Split, transforms.split),
    (exp.Trim, transforms.trim_cast_varchar),
    (exp.Bracket, transforms.indices_to_json_extract),
    (exp.Cast, transforms.json_extract_cast_as_varchar),
    ((exp.Upper, exp.Lower), transforms.json_extract_cased_as_varchar),
    ((exp.JSONExtract, exp.JSONExtractScalar), transforms.json_extract_precedence),
    (exp.Cast, transforms.flatten_value_cast_as_varchar),
    ((exp.Lateral, exp.TableFromRows), transforms.flatten),
    (exp.RegexpReplace, transforms.regex_replace),
    (exp.RegexpExtract, transforms.regex_substr),
    (exp.Values, transforms.values_columns),
    (exp.Anonymous, transforms.to_date),
    (exp.Cast, transforms.timestamp_offsets),
    (exp.ToNumber, transforms.to_decimal),
    ((exp.UnixToTime, exp.Anonymous, exp.Cast), transforms.to_timestamp),
    (exp.ToVariant, transforms.to_variant),
    ((exp.StarMap, exp.Struct, exp.JSONObject), transforms.object_construct),
    (exp.DataType, transforms.timestamp_ntz),
    (exp.DataType, transforms.float_to_double),
    (exp.DataType, transforms.integer_precision),
    ((exp.Create, exp.Alter), transforms.extract_text_length),
    (exp.ArraySize, transforms.array_size),
    (exp.WithinGroup, transforms.array_agg_within_group),
    ((exp.ArrayAgg, exp.Window), transforms.array_agg),
    (exp.ObjectAgg, transforms.object_agg),
    ((exp.ArrayConstructCompact, exp.Array, exp.ArrayConcat), transforms.array_construct_etc),
    (exp.DateAdd, transforms.dateadd_date_cast),
    (exp.DateAdd, transforms.dateadd_string_literal_timestamp_cast),
    (exp.DateDiff, transforms.datediff_string_literal_timestamp_cast),
    (exp.Anonymous, transforms.haversine),
    (exp.HexString, transforms.hex_string),
    ((exp.SHA2, exp.SHA2Digest, exp.Anonymous), transforms.sha256),
    (exp.Create, transforms.create_clone),
    (exp.Select, transforms.alias_in_join),
    (exp.Select, transforms.alias_in_where),
    ((exp.Alter, exp.Command), transforms.alter_table_strip_cluster_by),
    (_OF_NUMBERS, transforms.numeric_agg_implicit_cast),
)
