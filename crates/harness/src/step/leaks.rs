//! Leaks: processes that a command of a step left behind when it was over.

use smoke_core::command::Outcome;
use smoke_core::output::Stream;
use smoke_core::process::{self, Process, RUN_ID, orphans};
use smoke_core::wait::settled;
use smoke_record::run_record::Leak;

use crate::step::diagnosis::Subject;

/// The variable that tells which step a process was started by.
pub const STEP: &str = "SMOKE_STEP";

/// The processes that the command of step `step` left behind, each once, with what it holds.
pub fn find(outcome: &Outcome, step: &str, subject: &Subject) -> Vec<Leak> {
    let group = outcome.left_behind.iter().map(|process| (process, "group".to_owned()));
    let held = outcome.holders.iter().map(|(process, stream)| (process, stream.to_string()));
    let mut found: Vec<(Process, String)> =
        group.chain(held).map(|(process, holds)| (process.clone(), holds)).collect();
    let candidate = |process: &Process| may_be_left(process, step, subject);
    let living = match outcome.left_behind.iter().chain(&outcome.beside).any(candidate) {
        true => living(step, subject),
        false => Vec::new(),
    };
    for process in living {
        if !found.iter().any(|(known, _)| known.is(&process)) {
            found.push((process, "nothing".to_owned()));
        }
    }
    let leak = |(process, holds): (Process, String)| Leak {
        pid: process.pid,
        argv: process.argv,
        step: step.to_owned(),
        holds,
    };
    found.into_iter().map(leak).collect()
}

/// Why a command whose process has exited is not quite over: something that is not of this run, and
/// so cannot be ended, still holds its output.
pub fn held(outcome: &Outcome, leaks: &[Leak], subject: &Subject) -> Option<Vec<String>> {
    if outcome.drained {
        return None;
    }
    let own = process::descendants(std::process::id() as i32);
    let ours = |process: &Process| {
        own.iter().any(|known| known.is(process)) || has(process, RUN_ID, &subject.run)
    };
    let foreign = outcome.holders.iter().filter(|(process, _)| !ours(process));
    let lines: Vec<String> = foreign.map(|(process, stream)| holder(process, *stream)).collect();
    if lines.is_empty() && leaks.is_empty() {
        return unseen(outcome);
    }
    Some(lines).filter(|lines| !lines.is_empty())
}

/// What is said of a holder that nobody has seen. There is one only where something cannot be seen: what is
/// not held any more a moment later was held by nobody of note.
fn unseen(outcome: &Outcome) -> Option<Vec<String>> {
    let closed = |process: &Process| {
        let (pid, line) = (process.pid, process.command_line());
        format!("it may be pid {pid}, of which this user may not see what it holds: {line}")
    };
    let lines: Vec<String> = outcome.closed.iter().map(closed).collect();
    let hidden = || vec!["it is a process that this user cannot see".to_owned()];
    match lines.is_empty() {
        true => process::holders_can_hide().then(hidden),
        false => Some(lines),
    }
}

fn holder(process: &Process, stream: Stream) -> String {
    let age = process.age().map(|age| format!(", which has run for {:.1} s,", age.as_secs_f64()));
    let (pid, age) = (process.pid, age.unwrap_or_default());
    format!("pid {pid}{age} holds {stream}: {}", process.command_line())
}

/// Whether the process was started by a command of the step, or is an orphan that shows no sign of who
/// started it. Where nothing of that kind lived when the command had exited, it left nothing behind.
fn may_be_left(process: &Process, step: &str, subject: &Subject) -> bool {
    // Read once: a process that becomes another one in between would have one value and not the other.
    let environment = process::environment(process.pid).unwrap_or_default();
    match sets(&environment, RUN_ID, &subject.run) {
        true => sets(&environment, STEP, step),
        false => process.parent == std::process::id() as i32 && process.pid != subject.guard,
    }
}

/// What the step started and left running, in whatever session it is by now.
fn living(step: &str, subject: &Subject) -> Vec<Process> {
    let own = std::process::id() as i32;
    // One that is just becoming another program shows neither name nor environment.
    settled(|| process::descendants(own).into_iter().filter(Process::is_becoming).collect());
    let mut found = process::of_run(&subject.run);
    found.retain(|process| has(process, STEP, step));
    found.extend(strangers(subject));
    process::lasting(found)
}

/// Orphans that this process adopted and that do not carry the run's id: they cleared their
/// environment. One that another step is starting just now looks the same for a moment, and so a
/// second look decides. One that even then shows nothing is about to end, or to become another program;
/// if it stays, the teardown finds it. Where none can be adopted, all children are of steps that go on.
fn strangers(subject: &Subject) -> Vec<Process> {
    if !orphans::can_be_adopted() {
        return Vec::new();
    }
    let own = std::process::id() as i32;
    let Some(this) = process::find(own) else { return Vec::new() };
    let strange = |process: &Process| {
        let adopted = process.parent == own && process.pid != subject.guard;
        adopted && process.argv != this.argv && !has(process, RUN_ID, &subject.run)
    };
    let first: Vec<Process> = process::descendants(own).into_iter().filter(strange).collect();
    let mut left: Vec<Process> = settled(|| {
        let again = first.iter().filter_map(|process| process::find(process.pid));
        again.filter(|process| process.is_live() && strange(process)).collect()
    });
    left.retain(|process| !process.is_becoming());
    left
}

/// Whether the process was started with `key` set to `value`.
fn has(process: &Process, key: &str, value: &str) -> bool {
    let environment = process::environment(process.pid).unwrap_or_default();
    sets(&environment, key, value)
}

fn sets(environment: &[(String, String)], key: &str, value: &str) -> bool {
    environment.iter().any(|(known, found)| known == key && found == value)
}
