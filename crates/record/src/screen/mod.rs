//! The screen, the one place that prints. Whatever comes from outside is made inert on its way.

pub mod live;
mod outlet;
mod terminal;
pub mod width;

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use smoke_core::cause::Outcome;
use smoke_core::name::called;
use smoke_core::text::deceptive::deceives;

use crate::ci::system::defused;
use crate::event::Event;
use crate::run_record::RunRecord;
use crate::verdict::{self, word};

/// Moves to the start of the terminal's line and empties it.
const CLEAR: &str = "\r\x1b[2K";

/// Whether the terminal's last line is one of [`progress`].
static PROGRESS: AtomicBool = AtomicBool::new(false);

/// Whether nobody read what was last written to stderr.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Whether stdout could not take something that was asked for.
static LOST: AtomicBool = AtomicBool::new(false);

/// How much the screen shows of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
pub enum Level {
    /// How it ended.
    Quiet,
    /// Steps and what they say.
    Normal,
    /// All output of all steps.
    Verbose,
}

/// The level of the run that goes on.
static LEVEL: AtomicU8 = AtomicU8::new(Level::Normal as u8);

/// A run begins to be shown.
pub fn begin(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
    if level == Level::Normal && terminal::is_live() {
        live::begin();
    }
}

fn is(level: Level) -> bool {
    LEVEL.load(Ordering::Relaxed) == level as u8
}

/// Whether somebody wants to see all output of all steps.
pub fn shows_output() -> bool {
    is(Level::Verbose)
}

/// Lines of a step's output, for whoever wants to see all of it.
pub fn stream(step: &str, text: &str) {
    if shows_output() {
        text.lines().for_each(|line| say(&format!("{step:<14} | {line}")));
    }
}

/// Prints a line for people, on stderr.
pub fn say(text: &str) {
    let mut live = live::take();
    let clear = if PROGRESS.swap(false, Ordering::Relaxed) { CLEAR } else { "" };
    let lines = live.around(&format!("{clear}{}\n", inert(&called(text))));
    tell(&lines);
}

/// Writes to stderr. One that is closed is no reason to leave a stack running; one that nobody
/// reads is waited for once, and then loses lines until it is read again.
fn tell(text: &str) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let patience = if UNREAD.load(Ordering::Relaxed) { Duration::ZERO } else { PATIENCE };
    let written = outlet::write(io::stderr().lock(), text.as_bytes(), patience);
    let unread = written.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut);
    UNREAD.store(unread, Ordering::Relaxed);
}

/// Prints a line that the CI system acts on, on stderr, as it is.
pub fn command(text: &str) {
    tell(&format!("{text}\n"));
}

/// Shows how far something is on the last line of a terminal, until the next line is printed or
/// the text is empty. Where stderr is no terminal, nothing is shown.
pub fn progress(text: &str) {
    if !io::stderr().is_terminal() {
        return;
    }
    PROGRESS.store(!text.is_empty(), Ordering::Relaxed);
    tell(&format!("{CLEAR}{}", inert(text)));
}

/// Prints text from outside that was asked for, on stdout.
pub fn print_inert(text: &str) {
    print(&inert(&called(text)));
}

/// Prints what was asked for, on stdout, as it is. A reader that takes nothing for ten seconds does
/// not get the rest, and one that has seen enough need not.
pub fn print(text: &str) {
    const PATIENCE: Duration = Duration::from_secs(10);
    let written = outlet::write(io::stdout().lock(), text.as_bytes(), PATIENCE);
    if let Err(error) = written.or_else(closed_is_fine)
        && !LOST.swap(true, Ordering::Relaxed)
    {
        say(&format!("error: what was asked for cannot be printed on stdout: {error}"));
    }
}

fn closed_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// Whether something that was asked for could not be printed.
pub fn has_lost_output() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// The line for an event, in the log and on the screen; none for what only the record needs.
pub fn line(event: &Event) -> Option<String> {
    match event {
        Event::RunStarted(record) => Some(format!(
            "run {} of profile {} at commit {:.12}",
            record.id, record.profile, record.source.commit
        )),
        Event::Remark { text } => Some(text.clone()),
        Event::StepStarted { .. }
        | Event::EnvAudited(_)
        | Event::GatewaySeen(_)
        | Event::ServersSeen { .. }
        | Event::Waited { .. }
        | Event::Sampled(_) => None,
        Event::StillWaiting { step, elapsed_s, deadline_s, last } => {
            let last = if last.is_empty() { String::new() } else { format!("; last: {last}") };
            Some(format!("{step:<14} still running after {elapsed_s} of {deadline_s} s{last}"))
        }
        Event::Diagnosed(diagnosis) => Some(format!(
            "{:<14} {} of the run alive; run.json has what they did",
            diagnosis.step,
            count(diagnosis.processes.len(), "process")
        )),
        Event::StepNote { step, text } => Some(format!("{step:<14} {text}")),
        Event::Attempt { step, number, reason, .. } => {
            Some(format!("{step:<14} attempt {number}: {reason}"))
        }
        Event::StepFinished { step, outcome, cached, cause, .. } => {
            let cached = if *cached { " (cached)" } else { "" };
            let why =
                cause.as_ref().map(|cause| format!(": {}", cause.summary)).unwrap_or_default();
            Some(format!("{step:<14} {}{cached}{why}", word(*outcome)))
        }
        Event::VersionFound { program, version } => Some(format!("{program:<14} {version}")),
        Event::StageJudged(stage) => {
            let met = stage.expectations.iter().filter(|expectation| expectation.met).count();
            let (name, all) = (&stage.name, stage.expectations.len());
            Some(format!(
                "stage-{name:<8} {}, {met} of {all} expectations met",
                count(stage.calls.len(), "call")
            ))
        }
        Event::LeakFound(leak) => Some(format!(
            "{:<14} left behind pid {} holding {}: {}",
            leak.step,
            leak.pid,
            leak.holds,
            leak.argv.join(" ")
        )),
        Event::Found(finding) => {
            let accepted = if finding.accepted { " (accepted)" } else { "" };
            Some(format!("{:<14} finding{accepted} {finding}", finding.step))
        }
        Event::HostCompared(host) => {
            (!host.untouched).then(|| format!("changed on the host: {}", host.changed.join(", ")))
        }
        Event::RunFinished { outcome, exit_code, .. } => {
            Some(format!("run {} with exit code {exit_code}", word(*outcome)))
        }
    }
}

/// The screen's share of the events: failed attempts of a wait, and versions, are in the log only.
pub fn show(t_ms: u64, event: &Event) {
    let of_the_log = matches!(
        event,
        Event::Attempt { .. } | Event::RunFinished { .. } | Event::VersionFound { .. }
    );
    let over = match event {
        Event::StepFinished { step, .. } => live::take().over(step),
        _ => None,
    };
    if is(Level::Quiet) || of_the_log {
        return;
    }
    let is_live = live::take().is_on();
    match (event, is_live) {
        (Event::StepFinished { step, outcome, cached, cause, .. }, true) => {
            let why = cause.as_ref().map(|cause| cause.summary.as_str()).unwrap_or_default();
            let cached = if *cached { "(cached) " } else { "" };
            // The first step runs before the others can be shown.
            let over = over.or((step == "prepare").then(|| Duration::from_millis(t_ms)));
            finished(*outcome, step, over, &format!("{cached}{why}"));
        }
        // What is drawn all the time need not be said as well.
        (Event::StepNote { .. } | Event::StillWaiting { .. } | Event::StageJudged(_), true) => {}
        _ => line(event).iter().for_each(|text| {
            say(&format!("{:>8.3}  {text}", t_ms as f64 / 1000.0));
        }),
    }
}

/// The line of a step that ended, in the place of the one that showed it running.
fn finished(outcome: Outcome, step: &str, took: Option<Duration>, more: &str) {
    let took = took.map(|took| format!("{:.3} s", took.as_secs_f64())).unwrap_or_default();
    let sign = match outcome {
        Outcome::Passed => "ok",
        Outcome::Skipped => "--",
        _ => "!!",
    };
    let columns = terminal::size().map_or(80, |(columns, _)| columns);
    let step = width::shortened(step, columns / 2);
    let text = inert(&format!("{step:<18} {took:>12}  {more}"));
    let text = width::fit(text.trim_end(), columns.saturating_sub(4));
    let mut live = live::take();
    let lines = live.around(&format!("{} {text}\n", painted(outcome, sign)));
    tell(&lines);
}

/// `text` in the colour of an outcome, where colours are wanted.
fn painted(outcome: Outcome, text: &str) -> String {
    let colour = match outcome {
        _ if !terminal::has_colours() => return text.to_owned(),
        Outcome::Passed => "32",
        Outcome::Skipped | Outcome::Running | Outcome::Manual => "36",
        Outcome::TimedOut | Outcome::Interrupted => "33",
        Outcome::Failed | Outcome::Error => "31",
    };
    format!("\x1b[1;{colour}m{text}\x1b[0m")
}

/// What is left to say at the end of a run.
pub fn verdict(record: &RunRecord, run_folder: &str) {
    let away = live::take().end();
    let size = terminal::size();
    let columns = size.map(|(columns, _)| columns);
    let lines = inert(&verdict::lines(record, run_folder, columns).join("\n"));
    let how = verdict::word(record.outcome);
    let lines = lines.replacen(how, &painted(record.outcome, how), 1);
    tell(&format!("{away}{lines}\n"));
}

/// A number of things, in words: `1 change`, `2 changes`.
pub fn count(number: usize, thing: &str) -> String {
    let plural = if thing.ends_with("ss") { "es" } else { "s" };
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}{plural}") }
}

/// `text` without anything that a terminal would act on. Line feeds stay.
fn inert(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => inert.push(c),
            '\t' => inert.push(' '),
            c if c.is_control() || deceives(c) => inert.extend(c.escape_unicode()),
            c => inert.push(c),
        }
    }
    defused(inert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_words() {
        assert_eq!(count(1, "process"), "1 process");
        assert_eq!(
            (count(2, "process"), count(0, "change")),
            ("2 processes".into(), "0 changes".into())
        );
    }

    #[test]
    fn nothing_that_a_terminal_would_act_on_gets_through() {
        assert_eq!(inert("a\u{1b}[31mb\r\u{202e}c\td\ne"), "a\\u{1b}[31mb\\u{d}\\u{202e}c d\ne");
    }
}
