//! CI systems: a run in the form that each shows, GitHub Actions and GitLab.

mod github;
mod gitlab;
mod summary;
pub mod system;

use camino::Utf8Path;

use crate::run_record::RunRecord;
use crate::screen;
use system::{System, system};

/// Opens the part of the log that people fold away.
pub fn begin(record: &RunRecord) {
    let title = format!("run {} of profile {}", record.id, record.profile);
    match system() {
        Some(System::GitHub) => screen::command(&github::group(&title)),
        Some(System::GitLab) => screen::command(&gitlab::start("smoke", &title, false)),
        None => {}
    }
}

/// Closes it.
pub fn end() {
    match system() {
        Some(System::GitHub) => screen::command(github::END_GROUP),
        Some(System::GitLab) => screen::command(&gitlab::end("smoke")),
        None => {}
    }
}

/// Shows what failed: the logs of the steps that did, folded, a remark at the place of each failure,
/// a summary, and values for the steps that follow in the job.
pub fn finish(record: &RunRecord, run_folder: &Utf8Path) {
    let Some(system) = system() else { return };
    for step in record.steps.iter().filter(|step| step.cause.is_some()) {
        show_log(system, &step.id, &run_folder.join(format!("logs/{}.log", step.id)));
    }
    if system == System::GitHub {
        let remarks = github::annotations(record).into_iter().chain(github::warnings(record));
        remarks.for_each(|line| screen::command(&line));
        github::write_files(record, run_folder);
    }
}

fn show_log(system: System, step: &str, path: &Utf8Path) {
    const LINES: usize = 200;
    let lines = smoke_core::text::tail::lines(path, LINES);
    if lines.is_empty() {
        return;
    }
    let title = format!("logs/{step}.log, its last {}", screen::count(lines.len(), "line"));
    let (start, end) = match system {
        System::GitHub => (github::group(&title), github::END_GROUP.to_owned()),
        System::GitLab => (gitlab::start(step, &title, true), gitlab::end(step)),
    };
    screen::command(&start);
    lines.iter().for_each(|line| screen::say(line));
    screen::command(&end);
}
