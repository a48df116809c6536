//! CI systems: a run in the form that each shows, GitHub Actions and GitLab.

mod github;
mod gitlab;
mod summary;
pub mod system;

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::across::{Ended, first_failed};
use crate::run_record::RunRecord;
use crate::screen;
use system::{System, system};

/// The variables that name the files in which a job's runner takes what a run has to say.
pub const FILES: [&str; 2] = [github::SUMMARY, github::OUTPUT];

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
    show_logs(system, record, run_folder);
    if system == System::GitHub {
        remarks(record).for_each(|line| screen::command(&line));
        github::write_files(|room| summary::of(record, room), record, run_folder);
    }
}

/// The same for the runs with several agents below `artifacts`, whose table is in `folder`. The values for
/// later steps are those of the first run that did not pass.
pub fn finish_all(ended: &[Ended], artifacts: &Utf8Path, folder: &Utf8Path) {
    let Some(system) = system() else { return };
    let mut said = BTreeSet::new();
    for (one, record) in ended.iter().filter_map(|one| Some((one, one.record.as_ref()?))) {
        let record = github::of_agent(record, one.agent.name);
        show_logs(system, &record, &artifacts.join("runs").join(&record.id));
        // What was found is mostly the same for all of them.
        said.extend(remarks(&record));
    }
    if system == System::GitHub {
        said.iter().for_each(|line| screen::command(line));
    }
    let told = first_failed(ended).or(ended.first()).and_then(|one| one.record.as_ref());
    if let (System::GitHub, Some(record)) = (system, told) {
        github::write_files(|room| summary::across(ended, room), record, folder);
    }
}

fn remarks(record: &RunRecord) -> impl Iterator<Item = String> {
    github::annotations(record).into_iter().chain(github::warnings(record))
}

fn show_logs(system: System, record: &RunRecord, run_folder: &Utf8Path) {
    for step in record.steps.iter().filter(|step| step.cause.is_some()) {
        show_log(system, &step.id, &run_folder.join(format!("logs/{}.log", step.id)));
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
