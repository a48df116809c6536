//! Runs beside each other and after each other.

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Sandbox, sandbox};

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
