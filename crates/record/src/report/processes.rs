//! The process tree, what was left behind, and what stalls looked like.

use std::collections::BTreeMap;

use smoke_core::text::legible::cut;

use super::history::History;
use super::markup::Markup;
use super::words::time;
use crate::run_record::Diagnosis;
use crate::sample::StartedProcess;

/// The deepest tree that is drawn, and the longest command line.
const DEEPEST: usize = 30;
const LONGEST: usize = 240;
/// The most stalls and lines of their logs that are shown.
const STALLS: usize = 20;

/// A process with the time in which it was seen.
struct Life<'a> {
    seen: &'a StartedProcess,
    from_ms: u64,
    to_ms: Option<u64>,
}

/// Everything about processes.
pub fn all(history: &History) -> Markup {
    let mut out = Markup::new();
    leaks(&mut out, history);
    tree(&mut out, history);
    history.record.diagnoses.iter().take(STALLS).for_each(|stall| diagnosis(&mut out, stall));
    out
}

fn leaks(out: &mut Markup, history: &History) {
    if history.record.leaks.is_empty() {
        return;
    }
    out.raw("<h3>Left behind</h3><ul>");
    for leak in history.record.leaks.iter().take(100) {
        let text = format!("{}: pid {} holds {}: ", leak.step, leak.pid, leak.holds);
        out.raw("<li class=\"failed\">").text(text).raw("<code>");
        out.text(cut(&leak.argv.join(" "), LONGEST)).raw("</code></li>");
    }
    out.raw("</ul>");
}

/// The processes that samples have seen, below their parents.
fn tree(out: &mut Markup, history: &History) {
    let lives = lives(history);
    if lives.is_empty() {
        return;
    }
    // A parent is the process that had this id when its child was seen.
    let parent = |index: usize| {
        let of = &lives[index];
        (0..index).rev().find(|at| {
            lives[*at].seen.pid == of.seen.parent
                && lives[*at].to_ms.is_none_or(|to| to >= of.from_ms)
        })
    };
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for index in 0..lives.len() {
        children.entry(parent(index)).or_default().push(index);
    }
    out.raw("<details><summary>").text(format!("The {} processes that were seen", lives.len()));
    out.raw(
        "</summary><p class=\"dim\">One that lived for less than the time between two looks may ",
    );
    out.raw("be missing; of very many, the first are shown.</p>");
    branch(out, None, &children, &lives, 0);
    out.raw("</details>");
}

fn branch(
    out: &mut Markup,
    of: Option<usize>,
    children: &BTreeMap<Option<usize>, Vec<usize>>,
    lives: &[Life],
    depth: usize,
) {
    let Some(below) = children.get(&of).filter(|_| depth < DEEPEST) else { return };
    out.raw("<ul class=\"tree\">");
    for index in below {
        let life = &lives[*index];
        out.raw("<li><code>").text(cut(&life.seen.argv.join(" "), LONGEST)).raw("</code> ");
        let step = life.seen.step.as_ref().map(|step| format!("{step}, ")).unwrap_or_default();
        let to = life.to_ms.map_or("the end".to_owned(), time);
        let text = format!("{step}pid {}, {} to {to}", life.seen.pid, time(life.from_ms));
        out.element("<span class=\"dim\">", text, "</span>");
        branch(out, Some(*index), children, lives, depth + 1);
        out.raw("</li>");
    }
    out.raw("</ul>");
}

fn lives(history: &History) -> Vec<Life<'_>> {
    let mut lives: Vec<Life> = Vec::new();
    for (t_ms, sample) in &history.samples {
        for pid in &sample.ended {
            let alive = |life: &&mut Life| life.seen.pid == *pid && life.to_ms.is_none();
            lives
                .iter_mut()
                .rev()
                .find(alive)
                .into_iter()
                .for_each(|life| life.to_ms = Some(*t_ms));
        }
        let born = sample.started.iter();
        lives.extend(born.map(|seen| Life { seen, from_ms: *t_ms, to_ms: None }));
    }
    lives
}

fn diagnosis(out: &mut Markup, stall: &Diagnosis) {
    out.raw("<details><summary>When ")
        .text(&stall.step)
        .raw(" stalled</summary><pre tabindex=\"0\">");
    for process in stall.processes.iter().take(100) {
        let waits = process.waits_for.as_ref().map(|at| format!(" in {at}")).unwrap_or_default();
        let argv = cut(&process.argv.join(" "), LONGEST);
        out.text(format!("pid {} ({}{waits}): {argv}\n", process.pid, process.state));
    }
    for port in stall.listening.iter().take(100) {
        out.text(format!("pid {} listens on port {}\n", port.pid, port.port));
    }
    for line in stall.pressure.iter().take(10) {
        out.text(format!("{}\n", cut(line, LONGEST)));
    }
    for log in stall.logs.iter().take(STALLS) {
        out.text(format!("\n{}\n", log.path));
        log.lines.iter().take(STALLS).for_each(|line| {
            out.text(format!("  {}\n", cut(line, LONGEST)));
        });
    }
    out.raw("</pre></details>");
}
