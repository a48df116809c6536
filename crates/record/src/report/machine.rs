//! Charts of CPU, memory and pressure, drawn below the timeline on the same scale.

use super::history::History;
use super::markup::Markup;
use super::timeline::{Frame, Scale, axis, begin};
use crate::sample::Sample;

/// The height of one chart, and the room around it.
const HEIGHT: f64 = 60.0;
const GAP: f64 = 26.0;
/// The room for the words above a chart that has none beside it.
const WORDS: f64 = 14.0;

/// A chart: its name, its unit, and a line or several.
struct Chart {
    name: &'static str,
    unit: &'static str,
    /// At least this much stands at the top.
    least: f64,
    lines: Vec<Line>,
}

/// A line: its class, its name, and its value in each sample.
type Line = (&'static str, &'static str, Vec<Option<f64>>);

/// Draws CPU, memory and pressure; nothing when there are no samples.
pub fn draw(history: &History, frame: Frame) -> Option<Markup> {
    if history.samples.is_empty() {
        return None;
    }
    let charts = charts(history);
    let scale = Scale::of(history.record.duration_ms, frame);
    let gap = if frame.above { GAP + WORDS } else { GAP };
    let height = (HEIGHT + gap) * charts.len() as f64 + 12.0;
    let mut svg = begin("machine", "CPU, memory and pressure", summary(history), frame, height);
    axis(&mut svg, scale, height);
    for (index, chart) in charts.iter().enumerate() {
        draw_chart(&mut svg, chart, gap + (HEIGHT + gap) * index as f64, scale, history);
    }
    svg.raw("</svg>");
    Some(svg)
}

/// What the charts say, in a sentence.
pub fn summary(history: &History) -> String {
    let samples = || history.samples.iter().map(|(_, sample)| sample);
    let cpu: u64 = samples().map(|sample| sample.cpu_us).sum();
    let memory = samples().map(|sample| sample.memory_kib).max().unwrap_or(0);
    let processes = samples().map(|sample| sample.processes).max().unwrap_or(0);
    format!(
        "{:.1} s of CPU time, at most {} MiB of memory and {processes} processes, in {} samples.",
        cpu as f64 / 1e6,
        memory / 1024,
        history.samples.len()
    )
}

fn charts(history: &History) -> Vec<Chart> {
    let each = |value: &dyn Fn(&Sample) -> Option<f64>| -> Vec<Option<f64>> {
        history.samples.iter().map(|(_, sample)| value(sample)).collect()
    };
    let part = |us: u64, sample: &Sample| us as f64 / sample.over_us.max(1) as f64;
    let cpu = each(&|sample| Some(part(sample.cpu_us, sample)));
    let memory = each(&|sample| Some(sample.memory_kib as f64 / 1024.0));
    let mut charts = vec![
        Chart { name: "CPU", unit: "cores", least: 1.0, lines: vec![("a", "CPU", cpu)] },
        Chart { name: "Memory", unit: "MiB", least: 16.0, lines: vec![("a", "memory", memory)] },
    ];
    if history.samples.iter().any(|(_, sample)| sample.pressure.is_some()) {
        let waits = |of: &dyn Fn(crate::sample::Pressure) -> u64| {
            each(&|sample| Some((100.0 * part(of(sample.pressure?), sample)).min(100.0)))
        };
        let lines = vec![
            ("a", "CPU", waits(&|pressure| pressure.cpu_us)),
            ("b", "memory", waits(&|pressure| pressure.memory_us)),
            ("c", "disk", waits(&|pressure| pressure.io_us)),
        ];
        charts.push(Chart { name: "Waiting", unit: "%", least: 100.0, lines });
    }
    charts
}

fn draw_chart(svg: &mut Markup, chart: &Chart, top: f64, scale: Scale, history: &History) {
    let values = chart.lines.iter().flat_map(|(_, _, values)| values.iter().flatten());
    let most = values.copied().fold(chart.least, f64::max);
    let bottom = top + HEIGHT;
    match scale.frame.above {
        true => words_above(svg, chart, most, top - 6.0, scale.frame),
        false => words_beside(svg, chart, most, top, scale.frame),
    }
    svg.raw("<line class=\"base\" x1=\"").number(scale.frame.left).raw("\" x2=\"");
    svg.number(scale.frame.right).raw("\" y1=\"").number(bottom).raw("\" y2=\"");
    svg.number(bottom).raw("\"/>");
    let plot = Plot { history, scale, most, bottom };
    for (class, _, values) in &chart.lines {
        plot.line(svg, class, values);
    }
}

/// The name and the keys on the left, the values on the right.
fn words_beside(svg: &mut Markup, chart: &Chart, most: f64, top: f64, frame: Frame) {
    words(svg, "name", ("end", frame.left - 10.0, top + 12.0), chart.name);
    for (value, y) in [(most, top + 4.0), (0.0, top + HEIGHT)] {
        words(svg, "dim", ("start", frame.right + 8.0, y + 4.0), &amount(value, chart.unit));
    }
    for (index, (class, name, _)) in keys(chart).enumerate() {
        key(svg, class, name, frame.left - 10.0, top + 28.0 + 15.0 * index as f64);
    }
}

/// The same in one row, for a picture that has no room beside the chart.
fn words_above(svg: &mut Markup, chart: &Chart, most: f64, y: f64, frame: Frame) {
    words(svg, "name", ("start", frame.left, y), chart.name);
    words(svg, "dim", ("end", frame.right, y), &amount(most, chart.unit));
    for (index, (class, name, _)) in keys(chart).enumerate() {
        key(svg, class, name, frame.left + 106.0 + 78.0 * index as f64, y);
    }
}

/// The lines that need a key, because there is more than one.
fn keys(chart: &Chart) -> impl Iterator<Item = &Line> {
    chart.lines.iter().filter(|_| chart.lines.len() > 1)
}

/// Words of a class whose end or start, as `anchor` says, is at a point.
fn words(
    svg: &mut Markup,
    class: &'static str,
    (anchor, x, y): (&'static str, f64, f64),
    text: &str,
) {
    svg.raw("<text class=\"").raw(class).raw("\" text-anchor=\"").raw(anchor);
    svg.raw("\" x=\"").number(x).raw("\" y=\"").number(y).raw("\">").text(text).raw("</text>");
}

/// What the colour and the dashes of a line mean; it ends at `right`.
fn key(svg: &mut Markup, class: &'static str, name: &'static str, right: f64, y: f64) {
    svg.raw("<line class=\"line ").raw(class).raw("\" x1=\"").number(right - 24.0);
    svg.raw("\" x2=\"").number(right).raw("\" y1=\"").number(y - 4.0).raw("\" y2=\"");
    svg.number(y - 4.0).raw("\"/><text class=\"dim\" text-anchor=\"end\" x=\"");
    svg.number(right - 30.0).raw("\" y=\"").number(y).raw("\">").raw(name).raw("</text>");
}

/// Where the lines of a chart are drawn.
struct Plot<'a> {
    history: &'a History,
    scale: Scale,
    /// The value at the top.
    most: f64,
    /// Where 0 is.
    bottom: f64,
}

impl Plot<'_> {
    /// Each value holds for the time before its sample, which makes steps.
    fn line(&self, svg: &mut Markup, class: &'static str, values: &[Option<f64>]) {
        svg.raw("<path class=\"line ").raw(class).raw("\" d=\"");
        let samples = &self.history.samples;
        let first = samples.first();
        let begin = first.map_or(0, |(t, sample)| t.saturating_sub(sample.over_us / 1000));
        svg.raw("M").number(self.scale.x(begin)).raw(" ").number(self.bottom);
        for ((t_ms, _), value) in samples.iter().zip(values) {
            if let Some(value) = value {
                let y = self.bottom - HEIGHT * value / self.most;
                svg.raw("V").number(y).raw("H").number(self.scale.x(*t_ms));
            }
        }
        svg.raw("\"/>");
    }
}

fn amount(value: f64, unit: &str) -> String {
    let decimals = usize::from(value < 10.0 && value.fract() > 0.0);
    let number = format!("{value:.decimals$}");
    let unit = if number == "1" { unit.trim_end_matches('s') } else { unit };
    format!("{number} {unit}")
}
