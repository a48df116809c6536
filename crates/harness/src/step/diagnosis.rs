//! The diagnosis of a stall: processes, ports and logs, looked at before anything is ended.

use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_core::process::{self, Process};
use smoke_core::text::tail;
use smoke_record::run_record::{Diagnosis, LogTail, Port, ProcessState};

use crate::context::Context;
use crate::pm2;
use crate::roles::supervisor::logs;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The run's id.
    pub run: String,
    /// The port that the gateway was told to listen on.
    pub port: u16,
    /// The run's guard, which belongs to no step.
    pub guard: i32,
    /// The run folder.
    pub run_folder: Utf8PathBuf,
    /// The workspace.
    pub workspace: Utf8PathBuf,
    /// Where the stack writes its logs, unless its supervisor says otherwise.
    pub logs: Utf8PathBuf,
    /// The home of pm2.
    pub pm2_home: Utf8PathBuf,
}

impl Subject {
    /// The run of this context.
    pub fn of(context: &Context) -> Self {
        Self {
            run: context.run.id.clone(),
            port: context.run.port,
            guard: context.held.guard,
            run_folder: context.folder.path().to_owned(),
            workspace: context.paths.workspace.clone(),
            logs: context.paths.logs.clone(),
            pm2_home: context.paths.pm2_home.clone(),
        }
    }
}

/// Looks at the processes, ports and logs of the run while `step` stalls.
pub fn take(step: &str, subject: &Subject) -> Diagnosis {
    let mut processes = process::of_run(&subject.run);
    for found in process::descendants(std::process::id() as i32) {
        if !processes.iter().any(|known| known.is(&found)) {
            processes.push(found);
        }
    }
    let listening = process::ports_of(&processes);
    let owners = process::listeners(subject.port).into_iter().filter_map(|listener| listener.owner);
    Diagnosis {
        step: step.to_owned(),
        on_expected_port: owners.map(|owner| state(&owner)).collect(),
        processes: processes.iter().map(state).collect(),
        listening: listening.into_iter().map(|(port, pid)| Port { port, pid }).collect(),
        logs: last_lines(subject),
        pressure: process::pressure(),
    }
}

fn state(process: &Process) -> ProcessState {
    ProcessState {
        pid: process.pid,
        parent: process.parent,
        state: process.state,
        waits_for: process::wait_channel(process.pid),
        argv: process.argv.clone(),
    }
}

/// The ends of the logs that were written to of late; the others have nothing to do with it. The
/// stack's own come first, wherever its supervisor writes them.
fn last_lines(subject: &Subject) -> Vec<LogTail> {
    const LATELY: Duration = Duration::from_secs(15 * 60);
    const LINES: usize = 10;
    let recent = |path: &Utf8PathBuf| {
        let changed = path.metadata().and_then(|meta| meta.modified());
        // What was written in the future was written before the clock was put back.
        changed.is_ok_and(|at| at.elapsed().map_or(true, |age| age < LATELY))
    };
    let folders = [subject.logs.clone(), subject.run_folder.join("logs")];
    let entries = folders.iter().flat_map(|folder| folder.read_dir_utf8().into_iter().flatten());
    let mut logs = logs::logs(&subject.workspace);
    for path in entries.flatten().map(|entry| entry.into_path()) {
        if !logs.contains(&path) {
            logs.push(path);
        }
    }
    logs.push(pm2::log::path(&subject.pm2_home));
    let logs = logs.into_iter().filter(recent);
    let tails = logs.map(|path| LogTail { lines: tail::lines(&path, LINES), path: path.into() });
    tails.filter(|tail| !tail.lines.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_who_listens_and_what_was_logged() {
        let folder = tempfile::tempdir().unwrap();
        let logs = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        std::fs::write(logs.join("gateway.log"), "one\ntwo\n").unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let subject = Subject {
            run: "no-such-run".into(),
            port,
            guard: 0,
            run_folder: logs.join("none"),
            workspace: logs.join("none"),
            pm2_home: logs.join("none"),
            logs,
        };
        let diagnosis = take("ready", &subject);
        assert_eq!(diagnosis.logs[0].lines, ["one", "two"]);
        let own = std::process::id() as i32;
        assert!(diagnosis.on_expected_port.iter().any(|owner| owner.pid == own));
    }
}
