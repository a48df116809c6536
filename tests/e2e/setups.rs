//! The profile's setup: in the clone, or once for all runs.

use std::fs;

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, Scenario, executable, sandbox};

scenarios! {
    setups_follow_each_other_in_the_clone: Scenario {
        rest: "[[setup]]\nname = \"one\"\ncommand = [\"sh\", \"-c\", \"echo 1 >made.txt\"]\n\
               [[setup]]\nname = \"two\"\ncommand = [\"sh\", \"-c\", \"rm made.txt\"]\n",
        ..Scenario::default()
    },
    one_that_fails_is_named_with_its_last_lines: Scenario {
        rest: "[[setup]]\nname = \"node\"\ncommand = [\"sh\", \"-c\", \"echo no lock file; exit 3\"]\n",
        code: 1,
        outcome: "failed",
        step: "setup-node",
        cause: "setup-failed",
        says: &["no lock file", "exit status: 3", "setup-node.log"],
        ..Scenario::default()
    },
    the_first_error_is_told_beside_the_end_and_without_colours: Scenario {
        rest: "[[setup]]\nname = \"many\"\ncommand = [\"sh\", \"-c\", \"seq 40; \
               printf '\\\\033[31merror\\\\033[0m: the first\\\\n'; seq 40; echo the end; exit 3\"]\n",
        code: 1,
        outcome: "failed",
        step: "setup-many",
        cause: "setup-failed",
        says: &["| error: the first", "| …", "| the end"],
        ..Scenario::default()
    },
    an_error_about_a_connection_that_is_not_the_last_word_is_no_registry: Scenario {
        rest: "[[setup]]\nname = \"cache\"\ncommand = [\"sh\", \"-c\", \"seq 40; \
               echo Error: connect ECONNREFUSED 127.0.0.1:6379; seq 40; exit 1\"]\n",
        code: 1,
        outcome: "failed",
        step: "setup-cache",
        cause: "setup-failed",
        says: &["| Error: connect ECONNREFUSED"],
        ..Scenario::default()
    },
    one_that_hangs_is_ended_at_its_deadline: Scenario {
        rest: "[deadlines]\nsetup-slow = \"1s\"\n\
               [[setup]]\nname = \"slow\"\ncommand = [\"sh\", \"-c\", \"echo begun; sleep 600\"]\n",
        code: 3,
        outcome: "timed_out",
        step: "setup-slow",
        cause: "deadline",
        says: &["begun"],
        ..Scenario::default()
    },
    an_input_that_is_not_committed_is_wrong_configuration: Scenario {
        rest: "[[setup]]\nname = \"a\"\ncommand = [\"true\"]\ninputs = [\"package-lock.json\"]\n",
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["[[setup]] a: the tested commit has no `package-lock.json`"],
        ..Scenario::default()
    },
    a_result_that_is_kept_knows_no_workspace: Scenario {
        rest: "[[setup]]\nname = \"a\"\ncommand = [\"ls\", \"{{STELAE_DIR}}\"]\n\
               inputs = [\"README.md\"]\n",
        code: 2,
        outcome: "error",
        step: "prepare",
        cause: "config-invalid",
        says: &["cannot use the workspace"],
        ..Scenario::default()
    },
}

/// Writes down that it ran; what it makes depends on its input.
const KEPT: &str = r#"
[[setup]]
name = "my-part"
command = ["sh", "-c", "echo ran >>{{COUNTER}}; ls -I listed >listed; cat sub/input.txt >made.txt"]
inputs = ["sub/input.txt"]

[[check]]
name = "made"
command = ["sh", "-c", "cat {{SMOKE_SETUP_MY_PART}}/made.txt {{SMOKE_SETUP_MY_PART}}/listed"]
"#;

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Finished {
    let source = sandbox.path().join("src");
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.as_str(), "--port", &port];
    sandbox.xtask(&[&fixed, arguments].concat())
}

fn cached(finished: &Finished) -> bool {
    finished.step("setup-my-part")["cached"].as_bool().unwrap()
}

#[test]
fn a_result_is_kept_until_its_inputs_change() {
    let mut sandbox = Sandbox::new();
    let counter = sandbox.path().join("counter");
    sandbox.set("COUNTER", counter.as_str());
    let profile = format!("{}{KEPT}{TALK}", small(&["say"]));
    let source = tiny(&sandbox, &profile, &[("sub/input.txt", "first\n"), ("other.txt", "x")]);
    let first = run(&sandbox, &[]).expect(0);
    assert!(!cached(&first));
    assert_eq!(lines(&first), ["first", "sub"], "only the inputs are there");
    source.write("other.txt", "y");
    source.commit("nothing that matters");
    assert!(cached(&run(&sandbox, &[]).expect(0)));
    source.write("sub/input.txt", "second\n");
    source.commit("the input");
    let third = run(&sandbox, &[]).expect(0);
    assert!(!cached(&third));
    assert_eq!(lines(&third)[0], "second");
    sandbox.set("PIP_INDEX_URL", "http://localhost/elsewhere");
    assert!(!cached(&run(&sandbox, &[]).expect(0)), "an installer would have gone elsewhere");
    assert!(!cached(&run(&sandbox, &["--cold"]).expect(0)));
    assert_eq!(fs::read_to_string(counter).unwrap().lines().count(), 4);
}

fn lines(finished: &Finished) -> Vec<String> {
    let log = finished.file("logs/check-made.log");
    let printed = log.lines().filter(|line| !line.starts_with('$') && !line.contains("status"));
    printed.map(str::to_owned).collect()
}

#[test]
fn a_script_is_that_of_the_clone_and_not_of_the_folder_where_the_run_was_started() {
    let sandbox = Sandbox::new();
    executable(&sandbox.cwd().join("prep.sh"), "#!/bin/sh\nexit 3\n");
    let tables = "[[setup]]\nname = \"a\"\ncommand = [\"./prep.sh\"]\n\
                  [[setup]]\nname = \"b\"\ncommand = [\"./prep.sh\"]\ninputs = [\"prep.sh\"]\n\
                  [[check]]\nname = \"c\"\ncommand = [\"./prep.sh\"]\n";
    let source = tiny(&sandbox, &format!("{}{tables}{TALK}", small(&["say"])), &[]);
    executable(&source.path().join("prep.sh"), "#!/bin/sh\ntrue\n");
    source.commit("a script");
    run(&sandbox, &[]).expect(0);
}

#[test]
fn a_script_that_cannot_be_started_is_the_repositorys_fault() {
    let sandbox = Sandbox::new();
    let setup = "[[setup]]\nname = \"a\"\ncommand = [\"./prep.sh\"]\n";
    let source = tiny(&sandbox, &format!("{}{setup}{TALK}", small(&["say"])), &[]);
    let none = run(&sandbox, &[]).expect(1).caused_by("setup-failed");
    assert!(none.stderr.contains("prep.sh to start"), "{}", none.shown());
    source.write("prep.sh", "#!/bin/sh\n");
    source.commit("not executable");
    let plain = run(&sandbox, &[]).expect(1).caused_by("setup-failed");
    assert!(plain.stderr.contains("chmod +x ./prep.sh, and commit it"), "{}", plain.shown());
    executable(&source.path().join("prep.sh"), "#!/bin/sh\r\n");
    source.commit("a carriage return");
    let returns = run(&sandbox, &[]).expect(1).caused_by("setup-failed");
    assert!(returns.stderr.contains("carriage return"), "{}", returns.shown());
    executable(&source.path().join("prep.sh"), "\u{1}\u{2}\u{3}\n");
    source.commit("for another machine");
    let foreign = run(&sandbox, &[]).expect(1).caused_by("setup-failed");
    assert!(foreign.stderr.contains("begin a script with #!"), "{}", foreign.shown());
    executable(&source.path().join("prep.sh"), "#!/opt/none/bash\n");
    source.commit("an interpreter that is not there");
    let lacking = run(&sandbox, &[]).expect(4).caused_by("prerequisite-missing");
    assert!(lacking.stderr.contains("needs `/opt/none/bash`"), "{}", lacking.shown());
}

#[test]
fn a_setup_that_failed_is_done_again() {
    let sandbox = Sandbox::new();
    let flag = sandbox.path().join("flag");
    let setup = format!(
        "[[setup]]\nname = \"my-part\"\ncommand = [\"sh\", \"-c\", \"ls half || touch half; test -e {flag}\"]\n\
         inputs = [\"README.md\"]\n"
    );
    tiny(&sandbox, &format!("{}{setup}{TALK}", small(&["say"])), &[]);
    run(&sandbox, &[]).expect(1).caused_by("setup-failed");
    fs::write(flag, "").unwrap();
    let second = run(&sandbox, &[]).expect(0);
    assert!(!cached(&second));
    let log = second.file("logs/setup-my-part.log");
    assert!(log.contains("No such file"), "half of a result was there: {log}");
}

#[test]
fn an_installer_that_reaches_no_registry_is_bounded_and_named() {
    let Some(installers) = installers() else { return };
    for (name, command) in installers {
        let mut sandbox = Sandbox::new();
        // A port that nobody listens on, and no cache that could answer instead.
        let nowhere = format!("http://127.0.0.1:{}/", sandbox::port());
        sandbox.set("npm_config_registry", &nowhere);
        sandbox.set("PIP_INDEX_URL", &nowhere);
        sandbox.set("PIP_CONFIG_FILE", "/dev/null");
        let cache = sandbox.path().join("cache").into_string();
        sandbox.set("npm_config_cache", &cache);
        sandbox.set("PIP_CACHE_DIR", &cache);
        let setup = format!("[[setup]]\nname = \"{name}\"\ncommand = {command}\n");
        tiny(&sandbox, &format!("{}{setup}{TALK}", small(&["say"])), &[]);
        let finished = run(&sandbox, &[]).expect(4).caused_by("registry-unreachable");
        assert_eq!(finished.record["failed_step"], format!("setup-{name}"));
    }
}

/// Those that this machine has, each with a command that needs the registry.
fn installers() -> Option<Vec<(&'static str, &'static str)>> {
    let all = [
        ("npm", "[\"npm\", \"install\", \"--no-save\", \"is-odd@3.0.1\"]"),
        (
            "pip",
            "[\"python3\", \"-m\", \"pip\", \"install\", \"--target\", \"../v\", \"no-such==1\"]",
        ),
    ];
    let there = |command: &[&str]| {
        let mut version = std::process::Command::new(command[0]);
        version.args(&command[1..]).arg("--version");
        version.output().is_ok_and(|output| output.status.success())
    };
    let programs: [&[&str]; 2] = [&["npm"], &["python3", "-m", "pip"]];
    if let Some(missing) = programs.iter().find(|program| !there(program)) {
        smoke_tests::skipped(&format!("no {}", missing.join(" ")));
        return None;
    }
    Some(all.to_vec())
}
