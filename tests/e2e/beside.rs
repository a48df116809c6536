//! Runs beside each other and after each other.

use std::fs;
use std::os::unix::fs::MetadataExt;

use smoke_core::process;
use smoke_tests::binaries::program;
use smoke_tests::tiny::{TALK, gateway, small, tiny};
use smoke_tests::{Sandbox, sandbox, wait};

#[test]
fn two_runs_at_once_do_not_see_each_other() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let runs = [(); 2].map(|()| sandbox.start(&["smoke", "--source", source.path().as_str()]));
    let [first, second] = runs.map(|run| run.finish().expect(0));
    assert_ne!(first.record["id"], second.record["id"]);
    assert_ne!(first.record["port"], second.record["port"]);
}

#[test]
fn ten_runs_in_a_row_leave_nothing_for_the_next() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    for _ in 0..10 {
        sandbox.xtask(&["smoke", "--source", source.path().as_str(), "--port", &port]).expect(0);
    }
    assert_eq!(sandbox.runs().read_dir_utf8().unwrap().count(), 10);
}

/// A gateway that serves once there is a file `go`, by another program than the one that was built.
const WAITS_TO_SERVE: &str = "\
    \"$0\" 0 say & until [ -e \"$1\" ]; do sleep 0.05; done; exec \"$2\" \"$3\" say";

#[test]
fn a_build_that_replaces_the_program_of_a_run_does_not_fail_it() {
    let sandbox = Sandbox::new();
    let go = sandbox.path().join("go");
    let gateway_itself = program("small-gateway");
    let words = ["{{SMOKE_GATEWAY_BIN}}", go.as_str(), gateway_itself.as_str(), "{{PROXY_PORT}}"];
    let command = [&["sh", "-c", WAITS_TO_SERVE], &words[..]].concat();
    let build = format!(
        "[gateway.build]\ncommand = [\"cp\", \"{gateway_itself}\", \"built\"]\noutput = \"built\"\n"
    );
    let profile = format!("{}{build}{TALK}", gateway(&command, &["say"]));
    let source = tiny(&sandbox, &profile, &[(".gitignore", "built\n")]);
    let arguments = ["smoke", "--source", source.path().as_str()];
    let run = sandbox.start(&arguments);
    let built = wait::until("the built program to run", || {
        let processes = process::carrying("HOME", sandbox.home().as_str()).into_iter();
        let mut programs = processes.filter_map(|found| process::program(found.pid));
        programs.find(|program| program.contains("/programs/"))
    });
    let id = || fs::metadata(&built).unwrap().ino();
    let before = id();
    sandbox.xtask(&[&arguments[..], &["--cold", "--bootstrap-only"]].concat()).expect(0);
    assert_ne!(before, id(), "it was not replaced");
    fs::write(go, "").unwrap();
    let finished = run.finish();
    sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0);
    finished.expect(0);
}
