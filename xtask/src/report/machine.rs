//! What the run used of the machine, drawn below the timeline on the same scale.

use super::history::History;
use super::markup::Markup;
use super::timeline::{LEFT, RIGHT, Scale, WIDTH, axis};
use crate::run::sample::Sample;

/// The height of one chart, and the room around it.
const HEIGHT: f64 = 60.0;
const GAP: f64 = 26.0;

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
pub fn draw(history: &History) -> Option<Markup> {
    if history.samples.is_empty() {
        return None;
    }
    let charts = charts(history);
    let scale = Scale::of(history.record.duration_ms);
    let height = (HEIGHT + GAP) * charts.len() as f64 + 12.0;
    let mut svg = Markup::new();
    svg.raw("<svg class=\"machine\" role=\"img\" aria-labelledby=\"m-t m-d\" viewBox=\"0 0 ");
    svg.number(WIDTH).raw(" ").number(height).raw("\" font-size=\"12\">");
    svg.raw("<title id=\"m-t\">CPU, memory and pressure</title><desc id=\"m-d\">");
    svg.text(summary(history)).raw("</desc>");
    axis(&mut svg, scale, height);
    for (index, chart) in charts.iter().enumerate() {
        draw_chart(&mut svg, chart, GAP + (HEIGHT + GAP) * index as f64, scale, history);
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
        let waits = |of: &dyn Fn(crate::run::sample::Pressure) -> u64| {
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
    svg.raw("<text class=\"name\" text-anchor=\"end\" x=\"").number(LEFT - 10.0).raw("\" y=\"");
    svg.number(top + 12.0).raw("\">").raw(chart.name).raw("</text>");
    for (value, y) in [(most, top + 4.0), (0.0, bottom)] {
        svg.raw("<text class=\"dim\" x=\"").number(RIGHT + 8.0).raw("\" y=\"").number(y + 4.0);
        svg.raw("\">").text(format!("{} {}", short(value), chart.unit)).raw("</text>");
    }
    svg.raw("<line class=\"base\" x1=\"").number(LEFT).raw("\" x2=\"").number(RIGHT);
    svg.raw("\" y1=\"").number(bottom).raw("\" y2=\"").number(bottom).raw("\"/>");
    for (index, (class, name, values)) in chart.lines.iter().enumerate() {
        if chart.lines.len() > 1 {
            key(svg, class, name, top + 28.0 + 15.0 * index as f64);
        }
        let y = |value: f64| bottom - HEIGHT * value / most;
        line(svg, class, values, &y, bottom, scale, history);
    }
}

/// What the colour and the dashes of a line mean.
fn key(svg: &mut Markup, class: &'static str, name: &'static str, y: f64) {
    svg.raw("<line class=\"line ").raw(class).raw("\" x1=\"").number(LEFT - 34.0).raw("\" x2=\"");
    svg.number(LEFT - 10.0).raw("\" y1=\"").number(y - 4.0).raw("\" y2=\"").number(y - 4.0);
    svg.raw("\"/><text class=\"dim\" text-anchor=\"end\" x=\"").number(LEFT - 40.0);
    svg.raw("\" y=\"").number(y).raw("\">").raw(name).raw("</text>");
}

/// Each value holds for the time before its sample, which makes steps.
fn line(
    svg: &mut Markup,
    class: &'static str,
    values: &[Option<f64>],
    y: &dyn Fn(f64) -> f64,
    bottom: f64,
    scale: Scale,
    history: &History,
) {
    svg.raw("<path class=\"line ").raw(class).raw("\" d=\"");
    let first = history.samples.first();
    let begin = first.map_or(0, |(t, sample)| t.saturating_sub(sample.over_us / 1000));
    svg.raw("M").number(scale.x(begin)).raw(" ").number(bottom);
    for ((t_ms, _), value) in history.samples.iter().zip(values) {
        if let Some(value) = value {
            svg.raw("V").number(y(*value)).raw("H").number(scale.x(*t_ms));
        }
    }
    svg.raw("\"/>");
}

fn short(value: f64) -> String {
    if value < 10.0 && value.fract() > 0.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
