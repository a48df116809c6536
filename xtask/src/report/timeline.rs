//! The timeline: what ran when, beside what, after what, and how far from its deadline.

use super::history::History;
use super::markup::Markup;
use super::words::{class, sign, time};
use crate::cause::Outcome;
use crate::run::record::StepRecord;

/// The width of the picture, and where the names end and the times begin.
pub const WIDTH: f64 = 960.0;
/// Where time begins.
pub const LEFT: f64 = 170.0;
/// Where time ends.
pub const RIGHT: f64 = 830.0;
/// The height of a row.
const ROW: f64 = 24.0;
/// The height of the axis above the rows.
const AXIS: f64 = 26.0;
/// The most rows, and the most attempts, that are drawn.
const MOST: usize = 300;

/// The scale of a picture: from milliseconds to its width.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    all_ms: f64,
}

impl Scale {
    /// The scale for a run of that length.
    pub fn of(all_ms: u64) -> Self {
        Self { all_ms: all_ms.max(1) as f64 }
    }

    /// Where a time is.
    pub fn x(self, ms: u64) -> f64 {
        LEFT + (RIGHT - LEFT) * (ms as f64 / self.all_ms).min(1.0)
    }

    /// Round times, about six of them.
    pub fn ticks(self) -> Vec<u64> {
        let rough = self.all_ms / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough).max(1.0);
        (0..20_u32)
            .map(|n| f64::from(n) * step)
            .take_while(|t| *t <= self.all_ms)
            .map(|t| t as u64)
            .collect()
    }
}

/// Draws the steps that ran.
pub fn draw(history: &History) -> Markup {
    let mut shown: Vec<&StepRecord> =
        history.record.steps.iter().filter(|step| step.log.is_some()).collect();
    shown.sort_by_key(|step| step.started_ms);
    shown.truncate(MOST);
    let scale = Scale::of(history.record.duration_ms);
    let height = AXIS + ROW * shown.len() as f64 + 6.0;
    let mut svg = Markup::new();
    svg.raw("<svg class=\"timeline\" role=\"img\" aria-labelledby=\"tl-t tl-d\" viewBox=\"0 0 ");
    svg.number(WIDTH).raw(" ").number(height).raw("\" font-size=\"12\">");
    svg.raw("<title id=\"tl-t\">Timeline of the steps</title><desc id=\"tl-d\">");
    svg.text(format!(
        "{} steps over {}. The table of steps has the same as text.",
        shown.len(),
        time(history.record.duration_ms)
    ));
    svg.raw("</desc>");
    axis(&mut svg, scale, height);
    for (row, step) in shown.iter().enumerate() {
        connect(&mut svg, &shown, row, scale, history);
        draw_step(&mut svg, step, row, scale, history);
    }
    svg.raw("</svg>");
    svg
}

/// The axis and its lines, which pictures of the same scale share.
pub fn axis(svg: &mut Markup, scale: Scale, height: f64) {
    for tick in scale.ticks() {
        let x = scale.x(tick);
        svg.raw("<line class=\"grid\" x1=\"").number(x).raw("\" x2=\"").number(x);
        svg.raw("\" y1=\"20\" y2=\"").number(height).raw("\"/><text class=\"dim\" x=\"").number(x);
        svg.raw("\" y=\"13\" text-anchor=\"middle\">").text(time(tick)).raw("</text>");
    }
}

fn draw_step(svg: &mut Markup, step: &StepRecord, row: usize, scale: Scale, history: &History) {
    let y = AXIS + ROW * row as f64;
    let (from, to) = (scale.x(step.started_ms), scale.x(history.end_of(step)));
    let end = history.end_of(step);
    svg.raw("<g class=\"").raw(class(step.outcome)).raw("\"><title>").text(told(step, history));
    svg.raw("</title><text class=\"name\" text-anchor=\"end\" x=\"").number(LEFT - 10.0);
    svg.raw("\" y=\"").number(y + 16.0).raw("\">").text(cut(&step.id, 22)).raw("</text>");
    room(svg, step, y, scale);
    svg.raw("<rect class=\"bar\" rx=\"2\" height=\"14\" y=\"").number(y + 5.0).raw("\" x=\"");
    svg.number(from).raw("\" width=\"").number((to - from).max(3.0)).raw("\"/>");
    deadline(svg, step, y, scale);
    let tries = history.attempts.iter().filter(|attempt| attempt.step == step.id);
    for attempt in tries.take(MOST) {
        let x = scale.x(attempt.t_ms);
        svg.raw("<line class=\"try\" y1=\"").number(y + 3.0).raw("\" y2=\"").number(y + 21.0);
        svg.raw("\" x1=\"").number(x).raw("\" x2=\"").number(x).raw("\"><title>");
        svg.text(format!(
            "failed attempt at {}: {}",
            time(attempt.t_ms),
            cut(&attempt.reason, 200)
        ));
        svg.raw("</title></line>");
    }
    let label = format!("{} {}", sign(step.outcome), time(end.saturating_sub(step.started_ms)));
    // The label stands behind the bar, or before it where there is no room behind.
    let (x, anchor) =
        if to < RIGHT + 8.0 { (to.max(from + 3.0) + 6.0, "start") } else { (to, "end") };
    svg.raw("<text class=\"time\" x=\"").number(x).raw("\" y=\"").number(y + 16.0);
    svg.raw("\" text-anchor=\"").raw(anchor).raw("\">").text(label);
    svg.raw("</text></g>");
}

/// The time that a step may take, up to its deadline or the end of the picture.
fn room(svg: &mut Markup, step: &StepRecord, y: f64, scale: Scale) {
    let at = step.started_ms.saturating_add(step.deadline_ms);
    let (from, to) = (scale.x(step.started_ms), scale.x(at));
    svg.raw("<rect class=\"room\" height=\"4\" y=\"").number(y + 10.0).raw("\" x=\"").number(from);
    svg.raw("\" width=\"").number(to - from).raw("\"/>");
}

/// The deadline itself, where the picture reaches so far.
fn deadline(svg: &mut Markup, step: &StepRecord, y: f64, scale: Scale) {
    let at = step.started_ms.saturating_add(step.deadline_ms);
    let to = scale.x(at);
    if (at as f64) < scale.all_ms {
        svg.raw("<line class=\"deadline\" y1=\"").number(y + 2.0).raw("\" y2=\"").number(y + 22.0);
        svg.raw("\" x1=\"").number(to).raw("\" x2=\"").number(to).raw("\"><title>");
        svg.text(format!("deadline of {}: {}", step.id, time(step.deadline_ms)));
        svg.raw("</title></line>");
    }
}

/// A line from the end of the step that was waited for longest.
fn connect(svg: &mut Markup, shown: &[&StepRecord], row: usize, scale: Scale, history: &History) {
    let step = shown[row];
    let needed =
        shown[..row].iter().enumerate().filter(|(_, known)| step.needs.contains(&known.id));
    let ended = needed.filter(|(_, known)| history.end_of(known) <= step.started_ms + 5);
    let Some((last, known)) = ended.max_by_key(|(_, known)| history.end_of(known)) else { return };
    let (from, to) = (scale.x(history.end_of(known)), scale.x(step.started_ms));
    let middle = |row: usize| AXIS + ROW * row as f64 + 12.0;
    svg.raw("<path class=\"needs\" d=\"M").number(from).raw(" ").number(middle(last)).raw("V");
    svg.number(middle(row)).raw("H").number(to).raw("\"/>");
}

fn told(step: &StepRecord, history: &History) -> String {
    let took = time(history.end_of(step).saturating_sub(step.started_ms));
    let word = if step.outcome == Outcome::Running { "running for" } else { "took" };
    let cause = step.cause.as_ref().map(|cause| format!("; {}", cut(&cause.summary, 300)));
    format!(
        "{}: began at {}, {word} {took} of {}{}",
        step.id,
        time(step.started_ms),
        time(step.deadline_ms),
        cause.unwrap_or_default()
    )
}

/// At most `length` characters of a text.
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Scale::of(550).ticks(), [0, 100, 200, 300, 400, 500]);
        assert_eq!(Scale::of(229_000).ticks(), [0, 50_000, 100_000, 150_000, 200_000]);
        for all_ms in [0, 1, 7, 1_000, 3_600_000, u64::MAX] {
            assert!(Scale::of(all_ms).ticks().len() <= 12, "{all_ms}");
        }
    }
}
