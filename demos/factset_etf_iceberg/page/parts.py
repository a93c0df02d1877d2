"""The parts of the page that are not Streamlit's own, as HTML: text in, text out."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from src.demo_kit.manifest import Fault, Proof

from ..another_engine import Reading
from . import flow
from .colours import ACCENT, BAD, CALM, GOOD, INK, LINE, SOFT, WARM
from .cues import Card
from .moments import Batch, Renamed
from .time_machine import Past
from .twin import Wrong
from .verdict import Verdict

# The size of a letter grows with the window, so that it is read from the last row.
STYLE = f"""<style>
  html {{ font-size: clamp(13px, 0.86vw, 24px) }}
  .stApp {{ background: #f7fafc; color: {INK} }}
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stDecoration"], footer {{ display: none }}
  .block-container {{ padding: .6rem 1.1rem .4rem; max-width: none }}
  [data-stale="true"] {{ opacity: 1 !important; transition: none !important }}
  [data-testid="stVerticalBlock"] {{ gap: .45rem }}
  .block-container > [data-testid="stVerticalBlock"] {{ gap: .5rem }}
  .stButton button, [data-testid="stPopover"] button {{ min-height: 0; padding: .22rem .8rem; border-color: {LINE} }}
  .stButton button, .stButton button > div {{ justify-content: flex-start; text-align: left }}
  .stButton button p {{ font-weight: 600; font-size: 1rem; line-height: 1.35 }}
  .side-by-side button {{ justify-content: center }}
  p {{ margin-bottom: .25rem; font-size: 1rem }}
  .top {{ display: flex; align-items: center; gap: .9rem; flex-wrap: wrap }}
  .top b {{ font-size: 1.45rem; letter-spacing: -.01em }}
  .pill {{ padding: .15rem .8rem; border-radius: 99px; background: {CALM}; color: #11567f; font-weight: 600 }}
  .clock {{ margin-left: auto; font-size: 1.9rem; line-height: 1; font-variant-numeric: tabular-nums }}
  .clock small {{ color: {SOFT}; font-size: 1rem }} .clock.late {{ color: {WARM} }}
  .card {{ background: #fff; border: 1px solid {LINE}; border-radius: .7rem; padding: .6rem .9rem }}
  .card h3, .part {{ margin: 0 0 .35rem; padding: 0; font-size: .82rem; letter-spacing: .08em;
    text-transform: uppercase; color: {SOFT}; font-weight: 700 }}
  .part {{ margin: .35rem 0 0 }} .st-key-travel .part {{ margin: 0 }}
  .cue {{ max-height: clamp(8rem, 21vh, 16rem); overflow: hidden auto }}
  .cue p {{ font-size: 1.05rem; line-height: 1.3 }} .cue p + p {{ color: {SOFT} }}
  .band {{ background: #fff; border: 1px solid {LINE}; border-left: .5rem solid {LINE}; border-radius: .7rem;
    padding: .4rem .9rem; font-size: 1.12rem; line-height: 1.3; min-height: 2.6rem }}
  .band p {{ font-size: 1.02rem; margin: 0 }}
  .band.good {{ border-left-color: {GOOD} }} .band.bad {{ border-left-color: {BAD} }}
  .band.busy {{ border-left-color: {ACCENT} }} .band.warm {{ border-left-color: {WARM} }}
  .band.good em {{ color: {GOOD} }} .band.bad em {{ color: {BAD} }} .band.busy em {{ color: {ACCENT} }}
  .band em {{ font-style: normal; font-weight: 700 }}
  table.batch {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 1.08rem;
    margin: 0 }}
  .batch td, .batch th {{ padding: .22rem .5rem; text-align: left; border: 0; border-bottom: 1px solid {LINE};
    white-space: nowrap }}
  .batch th {{ color: {SOFT}; font-weight: 600; font-size: .85rem }}
  .op {{ font-weight: 700; border-radius: .3rem; padding: 0 .5rem; font-size: .92rem; color: #fff }}
  .ADD {{ background: {ACCENT} }} .UPDATE {{ background: {CALM}; color: #11567f }} .DELETE {{ background: {INK} }}
  .old {{ color: {SOFT}; text-decoration: line-through }}
  .trail {{ margin-top: .6rem }}
  .trail span {{ padding: .05rem .7rem; border-radius: 99px; margin-left: .35rem; border: 1px solid {LINE};
    color: {SOFT} }}
  .trail .here {{ background: {ACCENT}; border-color: {ACCENT}; color: #fff; font-weight: 700 }}
  .lights {{ display: grid; grid-template-columns: 1fr 1fr; gap: .45rem }}
  .light {{ border: 1px solid {LINE}; border-left: .45rem solid {GOOD}; border-radius: .5rem; padding: .3rem .7rem }}
  .light.broken {{ border-left-color: {BAD} }} .light.waiting {{ border-left-color: {WARM} }}
  .light b {{ display: block; font-size: 1.05rem; line-height: 1.2 }} .light.broken b {{ color: {BAD} }}
  .light span {{ color: {SOFT}; font-size: .88rem; display: block; overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap }}
  .light {{ min-width: 0 }}
  .st-key-visibility {{ position: absolute }}
  .st-key-travel {{ background: #fff; border-color: {LINE}; border-radius: .7rem; padding: .6rem .9rem; gap: 0 }}
  .st-key-travel [data-testid="stSlider"] {{ padding: 0 1.6rem }}
  .two {{ display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; text-align: center }}
  .two div {{ border: 1px solid {LINE}; border-radius: .5rem; padding: .25rem }}
  .two strong {{ font-size: 1.95rem; line-height: 1.1; display: block; font-variant-numeric: tabular-nums }}
  b.good, strong.good {{ color: {GOOD} }} p.bad, b.bad, strong.bad {{ color: {BAD} }}
  strong.waiting {{ color: {WARM} }} .aged {{ opacity: .45 }}
  .soft {{ color: {SOFT} }}
  .told {{ margin: .35rem 0 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }}
{flow.STYLE}</style>"""


def card(title: str, inside: str, style: str = "") -> str:
    return f'<div class="card {style}"><h3>{escape(title)}</h3>{inside}</div>'


def soft(text: str) -> str:
    return f'<p class="soft">{escape(text)}</p>'


def top(title: str, pills: Sequence[str], minute: float, length: int, part: str) -> str:
    """The first line: what this is, where it runs, and how late it is."""
    seconds = int(minute * 60)
    shown = "".join(f'<span class="pill">{escape(one)}</span>' for one in pills)
    late = " late" if minute > length else ""
    return (
        f'<div class="top"><b>{escape(title)}</b>{shown}<span class="clock{late}">{seconds // 60:02}:{seconds % 60:02} '
        f"<small>of {length}:00 · part {escape(part)}</small></span></div>"
    )


def cue(found: Card) -> str:
    """What the presenter says and shows now."""
    return card(found.title, "".join(f"<p>{escape(one)}</p>" for one in found.says), "cue")


# The line below the flow


def _band(style: str, head: str, text: str, *below: str) -> str:
    lines = "".join(soft(one) for one in below if one)
    return f'<div class="band {style}"><em>{escape(head)}</em> {escape(text)}{lines}</div>'


def under_way(title: str, seconds: float, line: str) -> str:
    return _band("busy", f"{title} ... {seconds:.0f} s", line)


def judged(title: str, verdict: Verdict, way_back: str) -> str:
    back = f"The way back: {way_back}." if verdict.word == "BROKEN" and way_back else ""
    style = {"BROKEN": "bad", "WAITING": "warm"}.get(verdict.word, "good")
    return _band(style, verdict.word, f"{title}: {verdict.by}", back)


def failed(title: str, error: str) -> str:
    return _band("bad", title, error)


def done(title: str, seconds: float, line: str) -> str:
    return _band("good", title, f"done in {seconds:.1f} s. {line}")


def fault(found: Fault, *, waits: bool) -> str:
    """What status says is wrong; a task that is suspended by intent only waits."""
    return _band("warm" if waits else "bad", "" if waits else "Fault", found.what, found.mend)


def quiet(text: str) -> str:
    return _band("", "", text)


def waiting(text: str) -> str:
    return _band("warm", "", text)


# The panels


def batch_table(found: Batch | None, renamed: Renamed | None, problem: str) -> str:
    """The changes, with what was and what is, and how far a renamed company has come."""
    below = f'<p class="bad">{escape(problem)}</p>' if problem else ""
    if found is None or not found.changes:
        return card("The batch", below or soft("No change has been seen yet."))
    rows = "".join(
        f'<tr><td><span class="op {escape(one.kind)}">{escape(one.kind)}</span></td><td>{escape(one.fund)}</td>'
        f"<td>{_turned(one.old_ticker, one.new_ticker)}</td><td>{_turned(one.old_weight, one.new_weight)}</td></tr>"
        for one in found.changes
    )
    more = found.count - len(found.changes)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.items() if count)
    title = f"{'Pending' if found.is_pending else 'The last batch'}, row by row · {found.count:,} changes: {kinds}"
    rest = f'<p class="soft told">and {more:,} more</p>' if more > 0 else ""
    head = "<tr><th></th><th>fund</th><th>ticker</th><th>weight</th></tr>"
    return card(title, f'<table class="batch">{head}{rows}</table>{rest}{trail(renamed)}{below}')


def _turned(old: Any, new: Any) -> str:
    """What was, struck through, and what is."""
    shown = [f'<span class="old">{escape(str(old))}</span>'] if old is not None and old != new else []
    return " ".join([*shown, *([escape(str(new))] if new is not None else [])])


def trail(found: Renamed | None) -> str:
    """Where a renamed company has arrived."""
    if found is None:
        return ""
    places = "".join(
        f'<span class="{"here" if here else ""}">{escape(place)}</span>' for place, here in found.places.items()
    )
    return f'<div class="trail"><b>{escape(found.ticker)}</b>, renamed, is in{places}</div>'


def lights(proofs: Sequence[Proof], pending: int, problem: str) -> str:
    """The proofs, each a light. While changes are pending, one that does not hold yet is not broken."""
    if problem or not proofs:
        return card("Proof", f'<p class="bad">{escape(problem)}</p>' if problem else soft("Nothing to prove yet."))
    return card("Proof", f'<div class="lights">{"".join(_light(one, pending) for one in proofs)}</div>')


# What a light has no room for: hashes, the name of the source, and all that is zero when a proof holds.
_SMALL = re.compile(r", hash [^;,]+|\S+\.\S+\.\S+ |, of which .*|pipeline \d ")


def _light(proof: Proof, pending: int) -> str:
    style = "" if proof.holds else "waiting" if pending else "broken"
    told = {
        "": _SMALL.sub("", proof.compared),
        "waiting": f"waits for {pending:,} pending rows",
        "broken": str(proof.differences) if proof.differences.count else _SMALL.sub("", proof.compared),
    }[style]
    return (
        f'<div class="light {style}" title="{escape(proof.compared, quote=True)}"><b>{escape(proof.title)}</b>'
        f"<span>{escape(told)}</span></div>"
    )


def engine(found: Reading | None, problem: str) -> str:
    """The Iceberg table as Snowflake has it and as another engine reads it from its metadata file."""
    if problem or found is None:
        text = "The Iceberg table, read without Snowflake: not yet."
        return card("Another engine", f'<p class="bad">{escape(problem)}</p>' if problem else soft(text))
    style, told = ("good", "the same rows") if found.proof.holds else ("bad", found.proof.compared)
    file = found.metadata.rpartition("/")[2]
    return card(
        "Another engine · the same table, read without Snowflake",
        f'<div class="two"><div>Snowflake<strong>{found.held:,}</strong></div>'
        f"<div>{escape(found.engine)}<strong>{found.rows:,}</strong></div></div>"
        f'<p class="told" title="{escape(found.metadata, quote=True)}"><b class="{style}">{escape(told)}</b> '
        f'<span class="soft">· from {escape(file)}</span></p>',
    )


def aged(part: str, is_aged: bool) -> str:
    """The part, paler if it is of an earlier moment."""
    return f'<div class="aged">{part}</div>' if is_aged else part


def twins(found: Wrong | None, pending: int, problem: str) -> str:
    title = "The naive twin · wrong on purpose"
    if problem or found is None:
        text = "The same changes by MERGE, then DELETE, in no transaction: put it beside, and count."
        return card(title, f'<p class="bad">{escape(problem)}</p>' if problem else soft(text))
    return card(title, _two(pending, ("ours", found.ours), ("MERGE, then DELETE", found.twin)))


def _two(pending: int, *counts: tuple[str, int]) -> str:
    return f'<div class="two">{"".join(_count(pending, *one) for one in counts)}</div>'


def _count(pending: int, about: str, wrong: int) -> str:
    """How many rows are wrong; while changes are pending, how many are not yet as the source is."""
    style, told = ("waiting", "rows to come") if wrong and pending else ("bad" if wrong else "good", "rows wrong")
    return f'<div>{escape(about)}<strong class="{style}">{wrong:,}</strong>{told}</div>'


def past_of(found: Past, clock: str) -> str:
    """Both at a moment, equal or not, and what changed since the moment before."""
    style, told = ("good", "equal, row by row") if found.equal else ("bad", f"{found.differing:,} rows differ")
    since = ", ".join(f"{count:,} {kind}" for kind, count in found.changes.items()) or "nothing"
    return (
        f'<div class="two"><div>from the audit files<strong>{found.rebuilt:,}</strong></div>'
        f"<div>Iceberg AT {escape(clock)}<strong>{found.iceberg:,}</strong></div></div>"
        f'<p class="told"><b class="{style}">{told}</b> <span class="soft">· this batch: {escape(since)}</span></p>'
    )
