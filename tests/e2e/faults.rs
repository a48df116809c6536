//! `--inject`: every fault that is listed names its cause on one screen, and leaves nothing behind.

use std::fs;
use std::iter;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use smoke_tests::binaries::{root, target};
use smoke_tests::{Repository, Sandbox, pm2, scenario, skipped};

/// The first run builds the stack, unless another test of this repository has done so.
const COLD: Duration = Duration::from_secs(1200);

/// So many at once: most of a fault's time is waiting.
const AT_ONCE: usize = 6;

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
    // Runs that build the same tree wait for each other.
    let (builds, others): (Vec<_>, Vec<_>) =
        faults.into_iter().partition(|(name, _)| name.starts_with("build-"));
    let next = Mutex::new(others.into_iter());
    let wrong = Mutex::new(Vec::new());
    let play = |fault| {
        let played = play(&sandbox, source.path(), fault);
        wrong.lock().unwrap().extend(played.err());
    };
    thread::scope(|scope| {
        scope.spawn(|| builds.into_iter().for_each(play));
        for _ in 1..AT_ONCE {
            scope.spawn(|| iter::from_fn(|| take(&next)).for_each(play));
        }
    });
    // Said at the very end, so that it is found in a long log.
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

/// The error says which cause was named instead.
fn play(sandbox: &Sandbox, source: &Utf8Path, (name, code): (&str, &str)) -> Result<(), String> {
    let finished = sandbox.xtask(&["smoke", "--source", source.as_str(), "--inject", name]);
    if finished.record["cause"]["code"] != code {
        return Err(format!("{name} is to be named {code}; {}", finished.shown()));
    }
    scenario::explained(&finished);
    assert_eq!(finished.record["exit_code"], finished.code, "{name}");
    assert!((1..=4).contains(&finished.code), "{}", finished.shown());
    Ok(())
}

#[test]
fn a_fault_that_does_not_exist_is_answered_with_the_nearest() {
    let finished = Sandbox::new().xtask(&["smoke", "--inject", "gateway-405"]).expect(2);
    finished.says(&["did you mean `gateway-40"]);
}

/// Of every code that docs/codes.md explains, some test here shows a real case; but `internal` is a
/// defect of the program itself.
#[test]
fn every_cause_has_a_test_that_brings_it_about() {
    let document = fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let codes = document.split("\n### `").skip(1).filter_map(|part| part.split('`').next());
    let listed = Sandbox::new().xtask(&["smoke", "--inject", "list"]).expect(0).stdout;
    let tests: String = ["tests/e2e", "tests/e2e/codex", "tests/bundle"]
        .iter()
        .flat_map(|folder| texts(folder))
        .collect();
    let shown = |code: &&str| {
        tests.contains(&format!("\"{code}\"")) || listed.contains(&format!("[{code}]"))
    };
    let never: Vec<&str> = codes.filter(|code| *code != "internal" && !shown(code)).collect();
    assert_eq!(never, [""; 0]);
}

fn texts(folder: &str) -> Vec<String> {
    let files = root().join(folder).read_dir_utf8().unwrap().flatten();
    let files = files.filter(|file| file.path().extension() == Some("rs"));
    files.map(|file| fs::read_to_string(file.path()).unwrap()).collect()
}
