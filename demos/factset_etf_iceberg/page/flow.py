"""The flow as a picture: source, streams, tasks, Iceberg table and files, with what has just moved in colour."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from src.demo_kit.status import PipelineStatus

from .colours import ACCENT, BAD, CALM, GOOD, INK, LINE, SOFT, WARM
from .moments import Moment

NO_WAIT: Mapping[int, float] = {}
WIDTH, HEIGHT = 1200, 266
_TALL = 113
_ROWS = (12, HEIGHT - _TALL - 12)  # the upper edges of the two pipelines
_PADDING, _FIGURE, _WIDEST = 1.5, 3.3, 0.57  # in hundredths of the width; of a figure's size, what a letter takes
_COLUMNS = ((14, 236), (336, 216), (628, 224), (928, 258))  # x and width: source, stream, task, what it makes


@dataclass(frozen=True)
class Box:
    """One thing of the flow: what it is, its figure, and a line below."""

    x: int
    y: int
    width: int
    title: str
    figure: str
    line: str
    edge: str = LINE
    fill: str = "#ffffff"
    ink: str = INK


# The wires and boxes are a picture, and the words stand over it, in the page's own font and the picture's measure.
STYLE = f"""
  .flow {{ position: relative; aspect-ratio: {WIDTH} / {HEIGHT}; container-type: inline-size; line-height: 1.1 }}
  .flow img {{ position: absolute; inset: 0; width: 100%; height: 100% }}
  .flow div {{ position: absolute; padding: .75cqw {_PADDING}cqw; overflow: hidden; white-space: nowrap; display: flex;
    flex-direction: column; justify-content: space-between }}
  .flow small {{ font-size: 1.35cqw; color: {SOFT}; letter-spacing: .04em }}
  .flow b {{ font-variant-numeric: tabular-nums; letter-spacing: -.01em }}
  .flow span {{ font-size: 1.5cqw; color: {SOFT}; overflow: hidden; text-overflow: ellipsis }}
"""


def picture(moment: Moment, before: Moment | None = None, waits: Mapping[int, float] = NO_WAIT) -> str:
    """The flow as HTML. What differs from the moment before is lit; `waits` are for how long a pipeline is behind."""
    boxes = list(_boxes(moment, before, waits))
    drawn = "".join([*_wires(moment, before), *map(_frame, boxes)])
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg"><defs><marker id="tip" '
        'markerUnits="userSpaceOnUse" markerWidth="14" markerHeight="14" refX="12" refY="7" orient="auto">'
        f'<path d="M0,0 L14,7 L0,14 z" fill="{ACCENT}"/></marker></defs>{drawn}</svg>'
    )
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    words = "".join(map(_words, boxes))
    return f'<div class="flow"><img alt="{escape(spoken(moment), quote=True)}" src="{source}">{words}</div>'


def _boxes(moment: Moment, before: Moment | None, waits: Mapping[int, float]) -> Iterator[Box]:
    yield _source(moment, before)
    for number, y in enumerate(_ROWS, start=1):
        found = moment.pipeline(number)
        yield _stream(number, y, found)
        yield _task(number, y, found)
    behind = {number: f"{seconds:,.0f} s behind the source" for number, seconds in waits.items()}
    yield _iceberg(moment, before, behind.get(1, ""))
    yield _audit(moment, before, behind.get(2, ""))


def _wires(moment: Moment, before: Moment | None) -> Iterator[str]:
    """From the source to each stream, and on; one moves while something is pending, or has just been taken."""
    begin, turn = sum(_COLUMNS[0]), HEIGHT // 2
    for number, y in enumerate(_ROWS, start=1):
        found = moment.pipeline(number)
        earlier = before.pipeline(number) if before else None
        middle, end = y + _TALL // 2, _COLUMNS[1][0] - 4
        curve = f"M{begin},{turn} C{begin + 50},{turn} {begin + 24},{middle} {end},{middle}"
        yield _arrow(curve, lit=bool(found and found.pending))
        ran = bool(found and earlier and _completed(found) != _completed(earlier))
        taken = ran or bool(found and _running(found))
        for column in (1, 2):
            yield _arrow(f"M{sum(_COLUMNS[column])},{middle} H{_COLUMNS[column + 1][0] - 4}", lit=taken)


def _source(moment: Moment, before: Moment | None) -> Box:
    x, width = _COLUMNS[0]
    rows = "none" if moment.rows is None else f"{moment.rows:,}"
    line = "not deployed" if moment.funds is None else f"rows of {moment.funds:,} funds"
    ink = SOFT if moment.rows is None else INK
    moved = before is not None and before.rows is not None and before.rows != moment.rows
    return Box(x, (HEIGHT - _TALL) // 2, width, "SOURCE TABLE", rows, line, *_lit(moved), ink=ink)


def _lit(moved: bool) -> tuple[str, str]:
    return (ACCENT, CALM) if moved else (LINE, "#ffffff")


def _stream(number: int, y: int, found: PipelineStatus | None) -> Box:
    x, width = _COLUMNS[1]
    title = f"STREAM {number}"
    if found is None:
        return Box(x, y, width, title, "none", "not deployed", ink=SOFT)
    if found.pending is None:
        return Box(x, y, width, title, "?", "cannot be read", BAD, ink=BAD)
    line = "rows pending" if found.pending else "nothing pending"
    return Box(x, y, width, title, f"{found.pending:,}", line, *_lit(bool(found.pending)))


def _task(number: int, y: int, found: PipelineStatus | None) -> Box:
    x, width = _COLUMNS[2]
    title = f"TASK {number} · {'DELETE, MERGE' if number == 1 else 'COPY INTO'}"
    if found is None:
        return Box(x, y, width, title, "none", "not deployed", ink=SOFT)
    last = next((run for run in found.runs if run.state not in ("SCHEDULED", "SKIPPED")), None)
    if _running(found):
        return Box(x, y, width, title, "running", "since just now", GOOD, ink=GOOD)
    if last is not None and last.failed:
        return Box(x, y, width, title, "failed", last.error or last.state, BAD, ink=BAD)
    when = f"{_counts(last.returned)} {last.completed_time[11:19]}" if last else "has not run yet"
    if found.task_state == "started":
        return Box(x, y, width, title, "waiting", when)
    return Box(x, y, width, title, found.task_state, when, WARM)


def _counts(returned: object) -> str:
    """What a run says that it has done: how many came, moved and left."""
    if not isinstance(returned, dict):
        return "last run"
    return f"{returned['adds']:,} + {returned['updates']:,} \N{MINUS SIGN} {returned['deletes']:,} at"


def _iceberg(moment: Moment, before: Moment | None, behind: str) -> Box:
    x, width = _COLUMNS[3]
    title, held = "ICEBERG TABLE · held now", moment.iceberg
    if held is None:
        return Box(x, _ROWS[0], width, title, "none", "not deployed", ink=SOFT)
    line = behind or (f"up to date, {held.last_updated[11:19]}" if held.last_updated else "empty")
    moved = before is not None and before.iceberg is not None and before.iceberg != held
    return Box(x, _ROWS[0], width, title, f"{held.rows:,} rows", line, *_lit(moved))


def _audit(moment: Moment, before: Moment | None, behind: str) -> Box:
    x, width = _COLUMNS[3]
    title, audit = "PARQUET FILES · known when", moment.audit
    if audit is None:
        return Box(x, _ROWS[1], width, title, "none", "not deployed", ink=SOFT)
    moved = before is not None and before.audit is not None and before.audit != audit
    figure = f"{sum(audit.events.values()):,} events"
    files = f"{audit.files:,} file{'' if audit.files == 1 else 's'}"
    line = behind or f"in {files}, {_size(audit.bytes)}"
    return Box(x, _ROWS[1], width, title, figure, line, *_lit(moved))


def _running(found: PipelineStatus) -> bool:
    return any(run.state == "EXECUTING" for run in found.runs)


def _completed(found: PipelineStatus) -> str:
    """When a run has ended last."""
    return next((run.completed_time for run in found.runs if run.completed_time), "")


def _size(count: int) -> str:
    return f"{count / 1000:,.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def _arrow(path: str, *, lit: bool) -> str:
    width, colour, dashes = (5, ACCENT, ' stroke-dasharray="10 7"') if lit else (3, "#9fcfe8", "")
    moving = '<animate attributeName="stroke-dashoffset" from="34" to="0" dur="1s" repeatCount="indefinite"/>'
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes} marker-end="url(#tip)">'
        f"{moving if lit else ''}</path>"
    )


def _frame(box: Box) -> str:
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{_TALL}" rx="12" fill="{box.fill}" '
        f'stroke="{box.edge}" stroke-width="{2 if box.edge == LINE else 4}"/>'
    )


def _words(box: Box) -> str:
    place = zip(
        ("left", "top", "width", "height"),
        (box.x / WIDTH, box.y / HEIGHT, box.width / WIDTH, _TALL / HEIGHT),
        strict=True,
    )
    style = ";".join(f"{name}:{part:.3%}" for name, part in place)
    size = min(_FIGURE, (box.width / WIDTH * 100 - 2 * _PADDING) / (len(box.figure) * _WIDEST))
    figure = f'<b style="color:{box.ink};font-size:{size:.2f}cqw">{escape(box.figure)}</b>'
    return f'<div style="{style}"><small>{escape(box.title)}</small>{figure}<span>{escape(box.line)}</span></div>'


def spoken(moment: Moment) -> str:
    """The picture in words, for who cannot see it."""
    pending = [
        f"stream {one.number} has {one.pending if one.pending is not None else 'unreadable'} rows pending"
        for one in (moment.status.pipelines if moment.status else [])
    ]
    held = f"the Iceberg table has {moment.iceberg.rows} rows" if moment.iceberg else "there is no Iceberg table"
    return f"The source has {moment.rows or 0} rows; {', '.join([*pending, held])}."
