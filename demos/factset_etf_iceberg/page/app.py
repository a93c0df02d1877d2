"""What Streamlit runs: `python -m demos.factset_etf_iceberg page`. Its arguments say where."""

import argparse
import atexit
import time
from collections.abc import Callable, Mapping
from functools import partial
from html import escape

import streamlit as st

from config import CONFIG
from demos.factset_etf_iceberg.manifest import MANIFEST
from demos.factset_etf_iceberg.page import acts, cues, flow, parts, time_machine, twin
from demos.factset_etf_iceberg.page.breaking import BREAKS
from demos.factset_etf_iceberg.page.desk import Act, Desk, Work
from src.demo_kit import costs
from src.utils.errors import DemoError
from src.utils.options import Where
from src.utils.prices import money

TITLE = "ETF constituents: two ways to use a change"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _opened(connection_name: str | None, role: str | None, prefix: str) -> Desk:
    desk = Desk(MANIFEST, CONFIG, Where(connection_name, role, prefix))
    atexit.register(desk.close)
    return desk


# One for all who look: the demo is one.
desk_of: Callable[[str | None, str | None, str], Desk] = st.cache_resource(
    _opened, show_spinner="Opening the session ..."
)


# A page in a tab behind another is open, and nobody sees it: there looking would cost for nothing.
visibility = st.components.v2.component(
    "visibility",
    js="""
export default function ({ setStateValue }) {
  const tell = () => setStateValue("seen", document.visibilityState === "visible")
  document.addEventListener("visibilitychange", tell)
  if (document.visibilityState === "hidden") tell()
  return () => document.removeEventListener("visibilitychange", tell)
}""",
)


def _nothing() -> None:
    """A value of a component that changes runs the page again, whatever else it does."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connection_name")
    parser.add_argument("--role")
    parser.add_argument("--prefix", default="")
    return parser.parse_args()


def main() -> None:
    st.set_page_config(page_title=TITLE, layout="wide", initial_sidebar_state="collapsed")
    host = st.context.headers.get("Host", "localhost").rsplit(":", 1)[0]
    if host not in LOOPBACK:
        st.error(f"This page is for this machine alone, and was asked for as {host}. Open it by localhost.")
        st.stop()
    st.html(parts.STYLE)
    given = arguments()
    try:
        desk = desk_of(given.connection_name, given.role, given.prefix)
    except DemoError as error:
        st.error(str(error))
        st.stop()
    st.session_state.setdefault("begun", time.monotonic())
    st.session_state["is_seen"] = visibility(key="visibility", default={"seen": True}, on_seen_change=_nothing).seen
    st.fragment(partial(first_line, desk), run_every=1.0)()
    left, right = st.columns([10, 43], gap="small")
    with left:
        st.fragment(partial(side, desk), run_every=1.0)()
    with right:
        st.fragment(partial(stream, desk), run_every=1.0)()
        below, beside = st.columns([11, 10], gap="small")
        with below:
            st.fragment(partial(batch, desk), run_every=1.0)()
        with beside:
            st.fragment(partial(travel, desk), run_every=1.0)()
            st.fragment(partial(proven, desk), run_every=1.0)()


# The first line


def first_line(desk: Desk) -> None:
    minute, length, is_seen = _minute(), _length(), st.session_state["is_seen"]
    if is_seen:
        desk.watch()
    source = desk.moment.source
    deployed = f"source: {source.kind}" if source else "not seen" if desk.moment.problem else "not deployed"
    pills = [*_place(desk), deployed, *([] if is_seen else [_HIDDEN])]
    st.html(parts.top(TITLE, pills, minute, length, cues.card_at(cues.cards(length), minute).title))


_HIDDEN = "not looked at while nobody sees it"
_LONGEST_LOOK = 10.0  # seconds after which a look without an answer is told
_UNSEEN = "Cannot be looked at now; this is how it was last."


def _minute() -> float:
    return (time.monotonic() - float(st.session_state["begun"])) / 60


def _length() -> int:
    return int(st.session_state.get("length") or cues.LENGTHS[0])


def _place(desk: Desk) -> list[str]:
    """Where it runs, and what that costs: on an account the looking, on the emulator what a run would cost there."""
    demo, price = desk.demo, desk.demo.config.operations.price_per_credit
    rates = {one.warehouse: one for one in costs.rates_of(demo.manifest, demo.config)}
    looking, working = rates[demo.settings.looking_warehouse], rates[demo.settings.warehouse]
    if demo.emulated:
        would = money(working.run or working.day_awake, price)
        return ["emulator · offline, free", f"a run on an account: {would}"]
    spent = desk.details.credits
    today = "not to be seen without MONITOR USAGE" if spent is None else money(spent, price)
    hour, so_far = looking.credits_per_hour, looking.awake(desk.watched)
    return [
        f"account · {demo.config.database.name}",
        f"looking: {money(hour, price)} an hour, {money(so_far, price)} so far",
        f"both warehouses today: {today}",
    ]


# The left side


def side(desk: Desk) -> None:
    """The cue, the acts, and the ways to break it."""
    _cue()
    moment = desk.moment
    simulated = moment.source is not None and moment.source.kind == "simulated"
    st.html('<div class="part">Acts</div>')
    if moment.status is None:
        _button(desk, "Deploy both pipelines", acts.make, primary=True)
        return
    wide, narrow = st.columns([7, 2], gap="small")
    counts = {name: int(st.session_state.get(name, count)) for name, count in acts.REBALANCING.items()}
    with wide:
        _button(
            desk,
            _rebalancing(counts),
            acts.rebalancing(counts),
            enabled=simulated,
            primary=True,
            explained=_EXPLAINED.format_map(counts),
        )
    with narrow, st.popover("", icon=":material/tune:", help="How much a rebalancing changes"):
        for name, count in acts.REBALANCING.items():
            st.number_input(name, 0, 1_000_000, count, key=name)
    _button(desk, "Run both pipelines now", acts.run_now)
    if any(one.task_state == "started" for one in moment.status.pipelines):
        _button(desk, "Suspend the tasks", acts.suspend)
    else:
        _button(desk, "Resume the tasks", acts.resume)
    _button(desk, "Verify", acts.prove)
    _button(desk, "Repair from the source", acts.restore("source"))
    _button(desk, "Repair from the audit files", acts.restore("audit"))
    _button(desk, "Put the naive twin beside it", twin.make, enabled=desk.details.wrong is None)
    _button(desk, "Reset to the start", acts.reset, enabled=simulated)
    st.html('<div class="part">Break it</div>')
    for one in BREAKS:
        _button(desk, one.title, one.beside(desk.demo), enabled=simulated, explained=one.explained)


_EXPLAINED = "{adds} companies join, {updates} weights move, {deletes} leave, {rekeys} renamed"


def _rebalancing(counts: Mapping[str, int]) -> str:
    return "Rebalance {adds} + {updates} - {deletes}".format_map(counts)


def _cue() -> None:
    """The card of the minute, or the one that has been turned to."""
    every = cues.cards(_length())
    now = every.index(cues.card_at(every, _minute()))
    shown = min(max(now + int(st.session_state.get("turned", 0)), 0), len(every) - 1)
    st.html(parts.cue(every[shown]))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for icon, by in (("chevron_left", -1), ("chevron_right", 1)):
            within, turned = 0 <= shown + by < len(every), shown + by - now
            st.button("", key=icon, icon=f":material/{icon}:", disabled=not within, on_click=_turn, args=(turned,))
        st.segmented_control(
            "Minutes", cues.LENGTHS, default=cues.LENGTHS[0], key="length", label_visibility="collapsed"
        )
        again = "Begin the clock again"
        st.button("", key="clock", icon=":material/restart_alt:", help=again, on_click=_begin_clock)


def _turn(cards: int) -> None:
    """To the card that is so many after that of the minute."""
    st.session_state["turned"] = cards


def _begin_clock() -> None:
    st.session_state.update(begun=time.monotonic(), turned=0)


def _button(
    desk: Desk, title: str, work: Work, *, enabled: bool = True, primary: bool = False, explained: str = ""
) -> None:
    kind = "primary" if primary else "secondary"
    held = desk.busy or not enabled
    st.button(
        title,
        disabled=held,
        type=kind,
        width="stretch",
        help=explained or None,
        on_click=_begin,
        args=(desk, title, work),
    )


def _begin(desk: Desk, title: str, work: Work) -> None:
    try:
        desk.begin(title, work)
    except DemoError as error:
        st.toast(str(error))


# The middle


def stream(desk: Desk) -> None:
    """The flow, and below it the act that is under way or ended last, and what is wrong."""
    moment, before = desk.moment, desk.before
    unanswered = desk.unanswered if desk.unanswered > _LONGEST_LOOK else 0.0
    picture = parts.card("", flow.picture(moment, before, desk.waits), "picture")
    waiting = parts.waiting(f"No answer for {unanswered:.0f} s. This is how it was last.") if unanswered else ""
    # One element: where one comes or goes before a block, the browser cannot place what a slower run sends of it.
    st.html(parts.aged(picture, is_aged=bool(moment.problem or unanswered)) + waiting)
    _told(desk)
    held = all(one.task_state == "suspended" for one in moment.status.pipelines) if moment.status else False
    if desk.busy or not desk.is_current or _broken(desk.told):
        return
    if moment.problem:
        st.html(parts.failed(_UNSEEN, moment.problem))
    for fault in moment.status.every_fault if moment.status else []:
        waits = "is suspended" in fault.what and "failures" not in fault.what
        if not (waits and held):
            st.html(parts.fault(fault, waits=waits))


def _told(desk: Desk) -> None:
    """What became of the act, the way back where it broke, and what it has sent."""
    act = desk.told
    way = next((one for one in BREAKS if act and act.title in (one.title, _healing(one.title))), None)
    broken = way if _broken(act) else None
    told, back, sent = st.columns([13, 4 if broken else 0.01, 1.3], gap="small", vertical_alignment="center")
    with told:
        quiet = "The source is quiet. Rebalance it, and watch."
        nothing = quiet if desk.moment.status else "Nothing is here yet. Deploy both pipelines, and watch."
        st.html(_words(act, way.way_back if way else "") if act else parts.quiet(nothing))
    if broken:
        with back:
            _button(desk, _healing(broken.title), broken.mend, primary=True)
    if act:
        with sent, st.popover("SQL", help="What was said, and the SQL that was sent"):
            st.text("\n".join(act.lines) or "Nothing was said.")
            st.code(
                "".join(f"{one.rstrip().rstrip(';')};\n\n" for one in act.statements) or "-- not yet", language="sql"
            )


def _broken(act: Act | None) -> bool:
    return act is not None and act.verdict is not None and act.verdict.word == "BROKEN"


def _words(act: Act, way_back: str) -> str:
    line = act.lines[-1] if act.lines else ""
    if act.under_way:
        return parts.under_way(act.title, time.monotonic() - act.begun, line)
    if act.verdict is not None:
        return parts.judged(act.title, act.verdict, way_back)
    return parts.failed(act.title, act.error) if act.error else parts.done(act.title, act.seconds or 0.0, line)


def _healing(title: str) -> str:
    return f"Heal: {title}"


def batch(desk: Desk) -> None:
    found = desk.details
    table = parts.batch_table(found.batch, found.renamed, found.problems.get("batch", ""))
    engine = parts.engine(found.engine, found.problems.get("engine", ""))
    for part in (table, engine):
        st.html(parts.aged(part, desk.is_aged))


def proven(desk: Desk) -> None:
    found = desk.details
    lights = parts.lights(found.proofs, found.pending, found.problems.get("proofs", ""))
    twins = parts.twins(found.wrong, found.pending, found.problems.get("twin", ""))
    for part in (lights, twins):
        st.html(parts.aged(part, desk.is_aged))


def travel(desk: Desk) -> None:
    """A slider over the moments at which both pipelines had run; both ways to see the state of then."""
    found = desk.details
    every = list(found.past)
    with st.container(border=True, key="travel", gap="small"):
        st.html('<div class="part">Time machine</div>')
        if problem := found.problems.get("past"):
            st.html(f'<p class="bad">{escape(problem)}</p>')
        if not every:
            st.html(parts.soft("Both pipelines have not run yet."))
            return
        chosen = every[-1]
        if len(every) > 1:
            chosen = st.select_slider(
                "Batch", every, value=every[-1], format_func=time_machine.clock, label_visibility="collapsed"
            )
        past = parts.past_of(found.past[chosen], time_machine.clock(chosen))
        st.html(parts.aged(past, desk.is_aged))


main()
