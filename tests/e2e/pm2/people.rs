//! Stages that are left to a person, with the stack up under pm2.

use std::fs;
use std::net::TcpStream;

use serde_json::json;
use smoke_tests::pm2::Major;
use smoke_tests::tiny::stack_with_a_clock;
use smoke_tests::{Finished, Sandbox, client, sandbox};

use super::real;

const STAGES: &str = "[[stage]]\nname = \"look\"\n[[stage.call]]\ntool = \"clock_now\"\n\
    [[stage]]\nname = \"again\"\n[[stage.call]]\ntool = \"clock_now\"\n";

fn stopped(sandbox: &Sandbox, arguments: &[&str]) -> Option<(Finished, u16)> {
    let source = stack_with_a_clock(sandbox, STAGES);
    let port = sandbox::port();
    let given = port.to_string();
    let pm2 = real(Major::Current)?;
    let fixed = ["--source", source.path().as_str(), "--port", &given];
    let under = ["--supervisor", "pm2", "--pm2", pm2.as_str()];
    let finished = sandbox.xtask(&[arguments, &fixed, &under].concat()).expect(0);
    assert_eq!(finished.record["outcome"], "manual", "{}", finished.shown());
    assert!(is_up(port), "the stack is down");
    fs::remove_dir_all(source.path()).unwrap();
    Some((finished, port))
}

fn is_up(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_run_that_stopped_for_a_person_is_resumed_and_ended() {
    let sandbox = Sandbox::new();
    let Some((finished, port)) = stopped(&sandbox, &["smoke", "--manual-stage", "look"]) else {
        return;
    };
    client::call(port, "clock_now", json!({}));
    let note = finished.file("manual_stage_look.md");
    assert!(note.contains(&format!("| `PM2_HOME` | `{}/.pm2` |", finished.workspace())), "{note}");
    let workspace = finished.workspace();
    let resumed = sandbox.xtask(&["smoke", "--resume", "--workspace", workspace.as_str()]);
    let resumed = resumed.expect(0);
    assert_eq!(resumed.record["outcome"], "passed");
    assert!(resumed.file("logs/pm2.log").contains("Exited peacefully"), "{}", resumed.shown());
    assert!(!is_up(port) && !workspace.exists());
}

#[test]
fn a_stack_that_was_left_up_is_ended_by_a_cleanup() {
    let sandbox = Sandbox::new();
    let Some((finished, port)) = stopped(&sandbox, &["smoke-manual"]) else { return };
    sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0);
    assert!(!is_up(port) && !finished.workspace().exists());
}
