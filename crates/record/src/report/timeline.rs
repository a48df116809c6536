//! The timeline: what ran when, beside what, after what, and how far from its deadline.

use smoke_core::cause::Outcome;
use smoke_core::text::legible::cut;

use super::history::History;
use super::markup::Markup;
use super::words::{class, sign, time};
use crate::run_record::StepRecord;
use crate::screen::width::shortened;

/// The height of the axis above the rows.
const AXIS: f64 = 26.0;
/// The most rows, and the most attempts, that are drawn.
const MOST: usize = 300;

/// The measures of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The class that says where it is shown, which also keeps its ids apart.
    pub class: &'static str,
    /// Its width.
    pub width: f64,
    /// Where time begins.
    pub left: f64,
    /// Where time ends.
    pub right: f64,
    /// Whether names stand above what they name, for want of room beside it.
    pub above: bool,
    /// About how many times are told on the axis.
    ticks: f64,
    /// The longest name of a step, in characters.
    name: usize,
}

/// Every picture is drawn twice, because letters that shrink with it could not be read on a phone.
pub const FRAMES: [Frame; 2] = [
    Frame {
        class: "broad",
        width: 960.0,
        left: 170.0,
        right: 830.0,
        above: false,
        ticks: 6.0,
        name: 22,
    },
    Frame {
        class: "slim",
        width: 340.0,
        left: 14.0,
        right: 326.0,
        above: true,
        ticks: 3.0,
        name: 32,
    },
];

impl Frame {
    /// The height of a row, and how far below its top the bar begins.
    fn row(self) -> (f64, f64) {
        if self.above { (38.0, 19.0) } else { (24.0, 5.0) }
    }
}

/// The scale of a picture: from milliseconds to its width.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    all_ms: f64,
    /// The picture's measures.
    pub frame: Frame,
}

impl Scale {
    /// The scale for a run of that length.
    pub fn of(all_ms: u64, frame: Frame) -> Self {
        Self { all_ms: all_ms.max(1) as f64, frame }
    }

    /// Where a time is.
    pub fn x(self, ms: u64) -> f64 {
        let Frame { left, right, .. } = self.frame;
        left + (right - left) * (ms as f64 / self.all_ms).min(1.0)
    }

    /// Round times, as many as there is room for.
    pub fn ticks(self) -> Vec<u64> {
        let rough = self.all_ms / self.frame.ticks;
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
pub fn draw(history: &History, frame: Frame) -> Markup {
    let mut shown: Vec<&StepRecord> =
        history.record.steps.iter().filter(|step| step.log.is_some()).collect();
    shown.sort_by_key(|step| step.started_ms);
    shown.truncate(MOST);
    let scale = Scale::of(history.record.duration_ms, frame);
    let height = AXIS + frame.row().0 * shown.len() as f64 + 6.0;
    let text = format!(
        "{} steps over {}. The table of steps has the same as text.",
        shown.len(),
        time(history.record.duration_ms)
    );
    let mut svg = begin("timeline", "Timeline of the steps", text, frame, height);
    axis(&mut svg, scale, height);
    for (row, step) in shown.iter().enumerate() {
        connect(&mut svg, &shown, row, scale, history);
        draw_step(&mut svg, step, row, scale, history);
    }
    svg.raw("</svg>");
    svg
}

/// The begin of a picture, with its name and what it says as text.
pub fn begin(
    class: &'static str,
    name: &'static str,
    text: String,
    frame: Frame,
    height: f64,
) -> Markup {
    let mut svg = Markup::new();
    let ids = |svg: &mut Markup, part| {
        svg.raw(class).raw("-").raw(frame.class).raw(part);
    };
    svg.raw("<svg class=\"").raw(class).raw(" ").raw(frame.class);
    svg.raw("\" role=\"img\" aria-labelledby=\"");
    ids(&mut svg, "-t ");
    ids(&mut svg, "-d");
    svg.raw("\" viewBox=\"0 0 ").number(frame.width).raw(" ").number(height);
    svg.raw("\" font-size=\"12\"><title id=\"");
    ids(&mut svg, "-t");
    svg.raw("\">").raw(name).raw("</title><desc id=\"");
    ids(&mut svg, "-d");
    svg.raw("\">").text(text).raw("</desc>");
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
    let (height, below) = scale.frame.row();
    let top = AXIS + height * row as f64;
    let y = top + below;
    let (from, to) = (scale.x(step.started_ms), scale.x(history.end_of(step)));
    svg.raw("<g class=\"").raw(class(step.outcome)).raw("\"><title>").text(told(step, history));
    svg.raw("</title>");
    name(svg, step, top, scale.frame);
    room(svg, step, y, scale);
    svg.raw("<rect class=\"bar\" rx=\"2\" height=\"14\" y=\"").number(y).raw("\" x=\"");
    svg.number(from).raw("\" width=\"").number((to - from).max(3.0)).raw("\"/>");
    deadline(svg, step, y, scale);
    attempts(svg, step, y, scale, history);
    let took = time(history.end_of(step).saturating_sub(step.started_ms));
    label(svg, format!("{} {took}", sign(step.outcome)), (from, to), y, scale.frame);
    svg.raw("</g>");
}

fn name(svg: &mut Markup, step: &StepRecord, top: f64, frame: Frame) {
    let (x, y, anchor) = match frame.above {
        true => (frame.left, top + 14.0, "start"),
        false => (frame.left - 10.0, top + 16.0, "end"),
    };
    svg.raw("<text class=\"name\" text-anchor=\"").raw(anchor).raw("\" x=\"").number(x);
    svg.raw("\" y=\"").number(y).raw("\">").text(shortened(&step.id, frame.name)).raw("</text>");
}

fn attempts(svg: &mut Markup, step: &StepRecord, y: f64, scale: Scale, history: &History) {
    let tries = history.attempts.iter().filter(|attempt| attempt.step == step.id);
    for attempt in tries.take(MOST) {
        let x = scale.x(attempt.t_ms);
        svg.raw("<line class=\"try\" y1=\"").number(y - 2.0).raw("\" y2=\"").number(y + 16.0);
        svg.raw("\" x1=\"").number(x).raw("\" x2=\"").number(x).raw("\"><title>");
        svg.text(format!(
            "failed attempt at {}: {}",
            time(attempt.t_ms),
            cut(&attempt.reason, 200)
        ));
        svg.raw("</title></line>");
    }
}

/// The label stands behind the bar, or before it where there is no room behind. Above the bar it stands
/// at the edge, so that those of all steps make a column.
fn label(svg: &mut Markup, text: String, (from, to): (f64, f64), y: f64, frame: Frame) {
    let (x, y, anchor) = match frame.above {
        true => (frame.right, y - 5.0, "end"),
        false if to < frame.right + 8.0 => (to.max(from + 3.0) + 6.0, y + 11.0, "start"),
        false => (to, y + 11.0, "end"),
    };
    svg.raw("<text class=\"time\" x=\"").number(x).raw("\" y=\"").number(y);
    svg.raw("\" text-anchor=\"").raw(anchor).raw("\">").text(text).raw("</text>");
}

/// The time that a step may take, up to its deadline or the end of the picture.
fn room(svg: &mut Markup, step: &StepRecord, y: f64, scale: Scale) {
    let at = step.started_ms.saturating_add(step.deadline_ms);
    let (from, to) = (scale.x(step.started_ms), scale.x(at));
    svg.raw("<rect class=\"room\" height=\"4\" y=\"").number(y + 5.0).raw("\" x=\"").number(from);
    svg.raw("\" width=\"").number(to - from).raw("\"/>");
}

/// The deadline itself, where the picture reaches so far.
fn deadline(svg: &mut Markup, step: &StepRecord, y: f64, scale: Scale) {
    let at = step.started_ms.saturating_add(step.deadline_ms);
    let to = scale.x(at);
    if (at as f64) < scale.all_ms {
        svg.raw("<line class=\"deadline\" y1=\"").number(y - 3.0).raw("\" y2=\"").number(y + 17.0);
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
    let (height, below) = scale.frame.row();
    let middle = |row: usize| AXIS + height * row as f64 + below + 7.0;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let [broad, slim] = FRAMES.map(|frame| move |all_ms| Scale::of(all_ms, frame).ticks());
        assert_eq!(broad(550), [0, 100, 200, 300, 400, 500]);
        assert_eq!(broad(229_000), [0, 50_000, 100_000, 150_000, 200_000]);
        assert_eq!(slim(550), [0, 200, 400]);
        for all_ms in [0, 1, 7, 1_000, 3_600_000, u64::MAX] {
            assert!(broad(all_ms).len() <= 12 && slim(all_ms).len() <= 5, "{all_ms}");
        }
    }
}
