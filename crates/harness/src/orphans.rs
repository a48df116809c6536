//! Orphans of a run that was killed together with its guard. One that has cleared its environment is known by
//! nothing any more but the place that it works in.

use std::time::{Duration, SystemTime};

use camino::Utf8Path;
use smoke_core::process::{self, Process};
use smoke_core::sweep::{Graces, sweep};

/// A run says something at least so often while it starts processes.
const SLACK: Duration = Duration::from_secs(10);

/// Ends the orphans that work in `workspace`, or have a file in it open, if they were there when its run said
/// something `last`. What came later, or has a parent, such as a person's shell, is not the run's.
pub fn end(workspace: &Utf8Path, last: SystemTime) {
    sweep(&|| process::family(&of_run(workspace, last)), &Graces::short());
}

fn of_run(workspace: &Utf8Path, last: SystemTime) -> Vec<i32> {
    let since = SystemTime::now().duration_since(last).unwrap_or_default().saturating_sub(SLACK);
    let mut found = process::within(workspace);
    found.retain(|process| is_orphan(process) && process.age().is_some_and(|age| age >= since));
    found.iter().map(|process| process.pid).collect()
}

/// Whether whoever started it is gone: it is a child of the first process of the machine, or of the session.
fn is_orphan(process: &Process) -> bool {
    let adopts =
        |parent: Process| parent.argv.first().is_some_and(|name| name.ends_with("systemd"));
    process.parent <= 1 || process::find(process.parent).is_none_or(adopts)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Child, Command, Stdio};

    use camino::Utf8PathBuf;

    use super::*;

    fn in_folder(folder: &Utf8Path, script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a shell")
    }

    #[test]
    fn only_an_orphan_that_was_there_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let mut child = in_folder(&path, "exec /bin/sleep 1000.25");
        let starts = in_folder(&path, "/bin/sleep 1000.75 > /dev/null & echo $!");
        let said = String::from_utf8(starts.wait_with_output().unwrap().stdout).unwrap();
        let (child_pid, orphan) = (child.id() as i32, said.trim().parse::<i32>().unwrap());
        let left = || process::within(&path).iter().map(|p| p.pid).collect::<Vec<_>>();
        end(&path, SystemTime::now() - Duration::from_secs(3600));
        assert!(left().contains(&orphan), "{:?}", left());
        end(&path, SystemTime::now());
        let left = left();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(left, [child_pid]);
    }
}
