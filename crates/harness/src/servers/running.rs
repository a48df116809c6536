//! Servers that the gateway is running, by what processes there are.

use std::time::Duration;

use camino::Utf8Path;
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Patience, Probe};

use super::config::{Entry, Way};
use super::probe::Answer;

/// A gateway that waits for a server for ever does not say that the server has long ended.
pub fn silence(entry: &Entry, ms: u64, running: &[Process]) -> String {
    let state = match running.iter().find(|process| runs(process, entry)) {
        Some(process) => format!("it runs as pid {}", process.pid),
        None if matches!(entry.way, Way::Stdio { .. }) => {
            "no process runs with its command line".into()
        }
        None => "the gateway still waits for it".into(),
    };
    // A log without times tells no more.
    let time = if ms == 0 { String::new() } else { format!(" for {:.1} s", ms as f64 / 1000.0) };
    format!("no answer{time}; {state}")
}

/// A server that the gateway keeps running is not started a second time.
pub fn alive(process: &Process) -> Answer {
    let why = vec![format!("it runs as pid {}", process.pid)];
    Answer { why, running: Some(process.clone()), ..Answer::default() }
}

/// Whether a server ends, of a gateway that has ended: it does so by itself, a moment later, and is asked then.
pub fn ends(process: &Process, stop: &Stop) -> bool {
    const MOMENT: Duration = Duration::from_secs(2);
    let lives = |known: Process| known.started == process.started && known.is_live();
    let probe = |_| match process::find(process.pid).is_some_and(lives) {
        true => Probe::NotYet(()),
        false => Probe::Ready(()),
    };
    wait::until(Patience::local(MOMENT), stop, |_| (), probe).is_ok()
}

/// Whether a process is what the gateway starts for a server. A script has its interpreter in front.
pub fn runs(process: &Process, entry: &Entry) -> bool {
    let Way::Stdio { argv, .. } = &entry.way else { return false };
    let Some((program, arguments)) = argv.split_first() else { return false };
    let name = |path: &str| Utf8Path::new(path).file_name().map(str::to_owned);
    if name(program).as_deref() == Some("npx") && is_npx(process, arguments) {
        return true;
    }
    let Some(at) = process.argv.iter().position(|word| name(word) == name(program)) else {
        return false;
    };
    process.argv[at + 1..] == *arguments
}

/// Whether a process is npx with these arguments: it calls itself `npm exec`, in one word with those that
/// are not flags of its own.
fn is_npx(process: &Process, arguments: &[String]) -> bool {
    let title = process.argv.first().and_then(|title| title.strip_prefix("npm exec "));
    title.is_some_and(|title| arguments.join(" ").ends_with(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(argv: &[&str]) -> Process {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Process { pid: 1, parent: 0, group: 1, state: 'S', started: 0, argv }
    }

    #[test]
    fn a_running_server_is_known_by_its_command_line() {
        let argv = ["/bin/x", "--stdio"].map(str::to_owned).to_vec();
        let way = Way::Stdio { argv, cwd: None, env: Vec::new() };
        let entry = Entry { name: "x".into(), way };
        assert!(runs(&process(&["/bin/x", "--stdio"]), &entry));
        assert!(runs(&process(&["python3", "/bin/x", "--stdio"]), &entry));
        assert!(!runs(&process(&["/bin/x"]), &entry));
    }

    #[test]
    fn a_server_that_npx_runs_is_known_by_the_name_that_npx_takes() {
        let argv = ["npx", "--yes", "server@1.0.0", "/data"].map(str::to_owned).to_vec();
        let way = Way::Stdio { argv, cwd: None, env: Vec::new() };
        let entry = Entry { name: "x".into(), way };
        assert!(runs(&process(&["npm exec server@1.0.0 /data", ""]), &entry));
        assert!(!runs(&process(&["npm exec server@2.0.0 /data"]), &entry));
        assert!(!runs(&process(&["npm run build"]), &entry));
    }
}
