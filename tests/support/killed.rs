//! A harness that is killed, and what must come of it.

use std::fs;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;
use smoke_core::process;

use crate::{Running, Sandbox, wait};

/// Kills `run`, holds it to leaving no process after five seconds and a record that says so, and
/// returns the record.
///
/// # Panics
/// Something is not so.
pub fn kill(sandbox: &Sandbox, run: Running) -> Value {
    let killed = Instant::now();
    run.signal(Signal::KILL);
    assert_eq!(run.finish().code, 137);
    wait::until("the end of all processes", || {
        process::carrying("HOME", sandbox.home().as_str()).is_empty().then_some(())
    });
    let took = killed.elapsed().as_secs_f64();
    assert!(took < 5.0, "it took {took} s");
    let record = only_record(sandbox);
    assert_eq!(record["outcome"], "interrupted", "{record:#}");
    record
}

/// The record of the one run in `sandbox`.
///
/// # Panics
/// There is none.
pub fn only_record(sandbox: &Sandbox) -> Value {
    let mut runs = sandbox.runs().read_dir_utf8().unwrap().flatten();
    let path = runs.next().unwrap().path().join("run.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
