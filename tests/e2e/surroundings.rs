//! Surroundings in which runs must work as well as in a terminal.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, kill_process};
use smoke_core::process;
use smoke_tests::binaries::binaries;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Running, Sandbox, sandbox, skipped, small_disk, wait};

/// Runs the harness by way of a shell, in which `$@` is its command line.
fn run_by(sandbox: &Sandbox, shell: &str) -> Finished {
    run(sandbox, by_shell(sandbox, shell))
}

/// Runs the harness by way of `command`, which takes its command line as arguments.
fn run(sandbox: &Sandbox, command: Command) -> Finished {
    start(sandbox, command, "").finish()
}

/// Starts it, with `tables` in the profile.
fn start(sandbox: &Sandbox, mut command: Command, tables: &str) -> Running {
    let source = tiny(sandbox, &format!("{}{tables}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    command.args([binaries().xtask.as_str(), "smoke", "--port", &port]);
    command.args(["--source", source.path().as_str()]);
    sandbox.run(command)
}

/// A command that `sh -c script` makes of the harness.
fn by_shell(sandbox: &Sandbox, script: &str) -> Command {
    let mut command = sandbox.command("sh");
    command.args(["-c", script, "sh"]);
    command
}

/// A check that says where it is, and goes on as soon as it may.
const WAITING: &str = r#"
[[check]]
name = "waiting"
command = ["sh", "-c", "echo $$ >\"$SMOKE_WORKSPACE/waiting\"; until test -e \"$SMOKE_WORKSPACE/go\"; do sleep 0.02; done"]
"#;

/// Waits for that check; its workspace, and its process.
fn waiting(sandbox: &Sandbox) -> (Utf8PathBuf, Pid) {
    wait::until("the check to wait", || {
        let mut places = sandbox.tmp().read_dir_utf8().unwrap().flatten();
        places.find_map(|place| {
            let pid = fs::read_to_string(place.path().join("waiting")).ok()?;
            Some((place.path().to_owned(), Pid::from_raw(pid.trim().parse().ok()?)?))
        })
    })
}

fn go_on(workspace: &Utf8Path) {
    fs::write(workspace.join("go"), "").unwrap();
}

/// Waits until `pid` is stopped, or is no longer.
fn until_stopped(pid: i32, stopped: bool) {
    wait::until("the state to change", || {
        process::find(pid).is_some_and(|found| (found.state == 'T') == stopped).then_some(())
    });
}

fn passes(shell: &str) {
    let sandbox = Sandbox::new();
    let finished = run_by(&sandbox, shell).expect(0);
    assert!(sandbox.runs().read_dir_utf8().unwrap().next().is_some(), "{}", finished.shown());
}

#[test]
fn with_stdout_closed() {
    passes("\"$@\" --format json >&-");
}

#[test]
fn with_stderr_closed() {
    passes("\"$@\" 2>&-");
}

#[test]
fn with_all_streams_closed() {
    passes("\"$@\" <&- >&- 2>&-");
}

#[test]
fn with_a_reader_that_has_gone() {
    // The pipe's reader ends at once; the exit code is kept beside the pipe.
    passes(
        "{ \"$@\" --format json 2>&1; echo $? >code; } | true; until test -s code; do sleep 0.01; done; exit $(cat code)",
    );
}

#[test]
fn with_sigchld_and_the_terminals_signals_ignored() {
    passes("trap '' CHLD HUP INT QUIT PIPE; exec \"$@\"");
}

/// A service that a shell starts before it becomes the harness, which is its child from then on.
const SERVICE: &str = "sleep 1071 & echo $! >service; exec \"$@\"";

fn service(sandbox: &Sandbox) -> process::Process {
    let pid = wait::until("the service", || {
        fs::read_to_string(sandbox.cwd().join("service")).ok()?.trim().parse().ok()
    });
    process::find(pid).unwrap()
}

fn end(service: &process::Process) {
    service.signal(Signal::KILL);
    wait::until("the service to end", || (!service.lives_on()).then_some(()));
}

#[test]
fn what_was_there_before_is_no_part_of_the_run() {
    let sandbox = Sandbox::new();
    let finished = run_by(&sandbox, SERVICE).expect(0);
    let service = service(&sandbox);
    assert!(service.lives_on(), "{}", finished.shown());
    assert_eq!(finished.record["leaks"], serde_json::json!([]), "{}", finished.shown());
    end(&service);
}

#[test]
fn what_was_there_before_outlives_a_run_that_is_killed() {
    let sandbox = Sandbox::new();
    let running = start(&sandbox, by_shell(&sandbox, SERVICE), WAITING);
    let (workspace, _) = waiting(&sandbox);
    let service = service(&sandbox);
    running.signal(Signal::KILL);
    wait::until("the guard to remove the workspace", || (!workspace.exists()).then_some(()));
    assert!(service.lives_on());
    end(&service);
    running.finish();
}

#[test]
fn with_all_signals_blocked() {
    let block = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, \
                 range(1, 65)); os.execvp(sys.argv[1], sys.argv[1:])";
    passes(&format!("exec python3 -c '{block}' \"$@\""));
}

#[test]
fn with_the_environment_of_a_cron_job() {
    passes("exec env -i HOME=\"$HOME\" PATH=/usr/bin:/bin TMPDIR=\"$TMPDIR\" \"$@\"");
}

#[test]
fn with_few_open_files_allowed() {
    passes("ulimit -n 64; exec \"$@\"");
}

#[test]
fn with_few_open_files_allowed_and_many_folders_to_remove() {
    let sandbox = Sandbox::new();
    let below = (0..80).map(|level| format!("/d{level}")).collect::<String>();
    let make = format!(
        "for one in $(seq 100); do mkdir -p \"$SMOKE_WORKSPACE/many/$one\"; done; \
         mkdir -p \"$SMOKE_WORKSPACE/many/1{below}\""
    );
    let check = format!("[[check]]\nname = \"make\"\ncommand = [\"sh\", \"-c\", '{make}']\n");
    let command = by_shell(&sandbox, "ulimit -n 64; exec \"$@\"");
    start(&sandbox, command, &check).finish().expect(0);
}

#[test]
fn below_timeout() {
    passes("exec timeout 60 \"$@\"");
}

#[test]
fn with_less_to_see_of_processes() {
    let sandbox = Sandbox::new();
    let script = "for path in pressure 1; do
        ! test -d /proc/$path || mount -t tmpfs none /proc/$path || exit 77
    done; exec \"$@\"";
    let Some(command) = small_disk::with_mounts(&sandbox, script) else {
        return skipped("nothing can be mounted here, not even in a namespace of its own");
    };
    let finished = run(&sandbox, command).expect(0);
    let unseen = finished.record["unseen"].to_string();
    for what in ["pressure", "processes of other users"] {
        assert!(unseen.contains(&format!("\"{what}\"")), "{unseen}");
        assert!(finished.file("logs/prepare.log").contains(what), "{}", finished.shown());
    }
}

#[test]
fn in_a_namespace_that_sees_the_processes_of_another_one() {
    let sandbox = Sandbox::new();
    // Their ids mean others in there, or nobody.
    let script = "exec unshare --pid --fork \"$@\"";
    for arguments in [["smoke", "--source=."], ["smoke", "--cleanup-only"]] {
        let Some(mut command) = small_disk::with_mounts(&sandbox, script) else {
            return skipped("there are no namespaces here");
        };
        command.arg(binaries().xtask.as_str()).args(arguments);
        sandbox.run(command).finish().expect(4).says(&["no process can be seen", "mount /proc"]);
    }
}

#[test]
fn in_an_environment_of_path_alone() {
    passes("exec env -i PATH=\"$PATH\" \"$@\"");
}

#[test]
fn on_a_terminal_that_can_nothing() {
    passes("TERM=dumb exec \"$@\"");
}

#[test]
fn in_a_folder_that_is_gone() {
    let sandbox = Sandbox::new();
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
    run_by(&sandbox, script).expect(2).says(&["the current folder is gone", "try next"]);
}

#[test]
fn with_hup_ignored_a_run_outlives_its_terminal() {
    let sandbox = Sandbox::new();
    let run = start(&sandbox, by_shell(&sandbox, "trap '' HUP; exec \"$@\""), WAITING);
    let (workspace, _) = waiting(&sandbox);
    run.signal(Signal::HUP);
    go_on(&workspace);
    run.finish().expect(0);
}

#[test]
fn stopped_for_a_while() {
    let sandbox = Sandbox::new();
    let run = start(&sandbox, by_shell(&sandbox, "exec \"$@\""), WAITING);
    let (workspace, _) = waiting(&sandbox);
    run.signal(Signal::STOP);
    until_stopped(run.pid(), true);
    go_on(&workspace);
    run.signal(Signal::CONT);
    run.finish().expect(0);
}

#[test]
fn with_a_child_that_is_stopped_for_a_while() {
    let sandbox = Sandbox::new();
    let run = start(&sandbox, by_shell(&sandbox, "exec \"$@\""), WAITING);
    let (workspace, child) = waiting(&sandbox);
    let signal = |signal| kill_process(child, signal).unwrap();
    signal(Signal::STOP);
    until_stopped(child.as_raw_nonzero().get(), true);
    go_on(&workspace);
    signal(Signal::CONT);
    run.finish().expect(0);
}

#[test]
fn ten_at_once() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let runs: Vec<Running> =
        (0..10).map(|_| sandbox.start(&["smoke", "--source", source.path().as_str()])).collect();
    let ended: Vec<Finished> = runs.into_iter().map(|run| run.finish().expect(0)).collect();
    let ports: BTreeSet<String> = ended.iter().map(|run| run.record["port"].to_string()).collect();
    assert_eq!(ports.len(), 10, "{ports:?}");
}

#[test]
fn from_a_source_that_may_only_be_read() {
    let sandbox = Sandbox::new();
    let script =
        "mount --bind \"$SOURCE\" \"$SOURCE\" && mount -o remount,bind,ro \"$SOURCE\" || exit 77
        ! touch \"$SOURCE/x\" 2>/dev/null || exit 78; exec \"$@\"";
    let Some(mut command) = small_disk::with_mounts(&sandbox, script) else {
        return skipped("nothing can be mounted here, not even in a namespace of its own");
    };
    command.env("SOURCE", sandbox.path().join("src"));
    run(&sandbox, command).expect(0);
}
