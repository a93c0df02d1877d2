"""The colours of the page: one accent; green for what holds, red only for what is broken."""

INK, SOFT, LINE = "#0f2537", "#5b7083", "#d5e0e8"
ACCENT, CALM = "#1f9ed8", "#e9f6fc"
GOOD, WARM, BAD = "#1d9a5b", "#f0a31e", "#d4443b"
