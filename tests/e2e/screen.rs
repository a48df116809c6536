//! What people see: on a terminal of 60 columns, without a terminal, and when they want less.

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Repository, Sandbox, binaries, sandbox, skipped};

/// A check that says something wide, takes a moment, and fails.
const SLOW: &str = "[[check]]\nname = \"slow\"\n\
    command = [\"sh\", \"-c\", \"for i in 1 2 3 4 5 6; do echo $i 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字; \
    sleep 0.1; done; exit 1\"]\n";

fn stack<'a>(sandbox: &'a Sandbox, check: &str) -> Repository<'a> {
    tiny(sandbox, &format!("{}{check}{TALK}", small(&["say"])), &[])
}

/// Runs it on a terminal of 60 columns and 24 lines. None where no terminal can be had.
fn on_a_terminal(sandbox: &mut Sandbox, source: &str, set: (&str, &str)) -> Option<Finished> {
    sandbox.set("TERM", "xterm");
    sandbox.set(set.0, set.1);
    let (xtask, port) = (&binaries::binaries().xtask, sandbox::port());
    let line = format!("stty cols 60 rows 24; {xtask} smoke --source {source} --port {port}");
    let mut command = sandbox.command("script");
    command.args(["-qec", &line, "/dev/null"]);
    if std::process::Command::new("script").arg("--version").output().is_err() {
        skipped("there is no `script` to make a terminal");
        return None;
    }
    Some(sandbox.run(command).finish())
}

#[test]
fn a_terminal_shows_running_steps_live_and_no_line_of_them_is_wrapped() {
    let mut sandbox = Sandbox::new();
    let source = stack(&sandbox, SLOW).path().to_string();
    let Some(finished) = on_a_terminal(&mut sandbox, &source, ("LANG", "C.UTF-8")) else { return };
    let shown = &finished.stdout;
    assert!(shown.contains("\u{1b}[J"), "nothing was drawn over: {shown}");
    let row =
        shown.lines().find(|line| line.contains(" check-slow ") && line.contains(" of 300 s"));
    assert!(row.is_some(), "{shown}");
    assert!(shown.contains("\u{1b}[1;32mok\u{1b}[0m clone "), "{shown}");
    // What stays after the end is plain, and fits on one screen.
    let verdict = shown.split("\u{1b}[31mFAILED").nth(1).or(shown.split("FAILED").last()).unwrap();
    assert!(!verdict.contains("\u{1b}[J"), "{verdict}");
    let wide = |c: char| if c > '\u{2e7f}' { 2 } else { 1 };
    let columns = |line: &str| line.trim_end().chars().map(wide).sum::<usize>();
    let rows: usize = verdict.lines().map(|line| columns(line).max(1).div_ceil(60)).sum();
    assert!(rows <= 23, "{rows} lines: {verdict}");
}

#[test]
fn no_colour_is_shown_to_whom_wants_none() {
    let mut sandbox = Sandbox::new();
    let source = stack(&sandbox, "").path().to_string();
    let Some(finished) = on_a_terminal(&mut sandbox, &source, ("NO_COLOR", "1")) else { return };
    assert!(finished.stdout.contains("ok clone "), "{}", finished.stdout);
    assert!(!finished.stdout.contains("\u{1b}[1;3"), "{}", finished.stdout);
}

#[test]
fn a_log_of_ci_has_plain_lines() {
    let mut sandbox = Sandbox::new();
    let source = stack(&sandbox, "").path().to_string();
    let Some(finished) = on_a_terminal(&mut sandbox, &source, ("CI", "true")) else { return };
    assert!(finished.stdout.contains("  clone          passed"), "{}", finished.stdout);
    assert!(!finished.stdout.contains("\u{1b}[J"), "{}", finished.stdout);
}

#[test]
fn without_a_terminal_there_is_no_control_character_and_as_much_as_is_wanted() {
    let sandbox = Sandbox::new();
    let source = stack(&sandbox, SLOW);
    let smoke = |more: &[&str]| {
        sandbox.xtask(&[&["smoke", "--source", source.path().as_str()], more].concat()).expect(1)
    };
    let (quiet, usual, all) = (smoke(&["-q"]), smoke(&[]), smoke(&["-v"]));
    for finished in [&quiet, &usual, &all] {
        assert!(!finished.stderr.contains(['\u{1b}', '\r']), "{}", finished.shown());
    }
    assert!(quiet.stderr.starts_with("\nFAILED at check-slow"), "{}", quiet.shown());
    assert!(usual.stderr.contains("  clone          passed"), "{}", usual.shown());
    assert!(!usual.stderr.contains("check-slow     | 1 "), "{}", usual.shown());
    assert!(all.stderr.contains("check-slow     | 1 漢字"), "{}", all.shown());
}
