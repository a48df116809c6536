//! `--inject`: every fault that is listed names its cause on one screen, and leaves nothing behind.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use smoke_tests::binaries::target;
use smoke_tests::{Finished, Repository, Sandbox, pm2, scenario, skipped};

/// The first run builds the stack, unless another test of this repository has done so.
const COLD: Duration = Duration::from_secs(1200);

/// So many at once: most of a fault's time is waiting.
const AT_ONCE: usize = 4;

#[test]
fn every_fault_names_its_cause_and_leaves_nothing() {
    let mut sandbox = Sandbox::new();
    sandbox.allow(COLD);
    sandbox.set("CARGO_TARGET_DIR", target());
    let pm2 = pm2::program();
    pm2.iter().for_each(|program| sandbox.set("PM2", program.as_str()));
    let source = Repository::of_this_project(&sandbox, "src");
    sandbox.xtask(&["smoke", "--source", source.path().as_str()]).expect(0);
    let listed = sandbox.xtask(&["smoke", "--inject", "list"]).expect(0).stdout;
    let mut faults: Vec<(&str, &str)> = listed.lines().map(read).collect();
    if let Err(why) = pm2 {
        skipped(&format!("the faults of pm2, without a pm2: {why}"));
        faults.retain(|(name, _)| !["daemon-epipe", "stale-daemon"].contains(name));
    }
    assert!(faults.len() > 20, "{listed}");
    let next = Mutex::new(faults.into_iter());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, code)) = take(&next) {
                    let finished = play(&sandbox, source.path(), name);
                    assert_eq!(finished.record["cause"]["code"], code, "{}", finished.shown());
                    scenario::explained(&finished);
                    assert_eq!(finished.record["exit_code"], finished.code, "{name}");
                    assert!((1..=4).contains(&finished.code), "{}", finished.shown());
                }
            });
        }
    });
}

/// A line of the list: a name, what goes wrong, and the code of the cause in brackets.
fn read(line: &str) -> (&str, &str) {
    let name = line.split_whitespace().next().unwrap();
    let (_, code) = line.trim_end_matches(']').rsplit_once('[').unwrap();
    (name, code)
}

fn take<'a>(next: &Mutex<impl Iterator<Item = (&'a str, &'a str)>>) -> Option<(&'a str, &'a str)> {
    next.lock().unwrap().next()
}

fn play(sandbox: &Sandbox, source: &Utf8Path, name: &str) -> Finished {
    sandbox.xtask(&["smoke", "--source", source.as_str(), "--inject", name])
}

#[test]
fn a_fault_that_does_not_exist_is_answered_with_the_nearest() {
    let finished = Sandbox::new().xtask(&["smoke", "--inject", "gateway-405"]).expect(2);
    finished.says(&["did you mean `gateway-40"]);
}
