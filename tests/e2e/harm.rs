//! What a run must not do to the one who runs it.

use std::fs;

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Listing, Sandbox, sandbox, skipped, small_disk};

fn run(sandbox: &Sandbox, rest: &str, arguments: &[&str]) -> Finished {
    let source = tiny(sandbox, &format!("{}{rest}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    sandbox.xtask(&[&fixed, arguments].concat())
}

#[test]
fn a_stack_that_changes_the_developers_own_setup_fails_the_run() {
    let sandbox = Sandbox::new();
    let own = sandbox.home().join(".codex/config.toml");
    let before = fs::read(&own).unwrap();
    let check = "[[check]]\nname = \"rude\"\ncommand = [\"sh\", \"-c\", \"echo mine >>$HOME/.codex/config.toml\"]\n";
    let finished = run(&sandbox, check, &[]).expect(1).caused_by("host-touched");
    let finished = finished.says(&[own.as_str()]);
    assert_eq!(finished.record["host"]["untouched"], false);
    assert_eq!(finished.record["host"]["changed"][0], own.as_str());
    fs::write(own, before).unwrap();
}

#[test]
fn a_process_that_is_not_ours_lives_on() {
    let sandbox = Sandbox::new();
    let mut foreign = std::process::Command::new("sleep");
    foreign.arg("600").current_dir(sandbox.path()).env("SMOKE_RUN_ID", "another");
    let mut foreign = foreign.spawn().unwrap();
    let finished = run(&sandbox, "", &[]);
    let alive = foreign.try_wait().unwrap().is_none();
    foreign.kill().unwrap();
    foreign.wait().unwrap();
    finished.expect(0);
    assert!(alive);
}

/// The canary is in the environment, comes back from a check and a tool, and is nowhere kept.
#[test]
fn secrets_never_reach_a_log_a_transcript_a_record_or_the_screen() {
    const CANARY: &str = "canary-7f3a91c2d8e64b05";
    let mut sandbox = Sandbox::new();
    sandbox.set("SERVICE_TOKEN", CANARY);
    let base64 = "Y2FuYXJ5LTdmM2E5MWMyZDhlNjRiMDU";
    let rest = "[[check]]\nname = \"chatty\"\ncommand = [\"sh\", \"-c\", '''
        echo \"token $SERVICE_TOKEN\"; printf %s \"$SERVICE_TOKEN\" | base64
        printf canary-7f3a; sleep 0.1; printf '91c2d8e64b05\\n'; echo \"$SERVICE_TOKEN\" >&2''']\n\
        [[stage]]\nname = \"leak\"\n[[stage.call]]\ntool = \"env\"\n\
        arguments = { name = \"SERVICE_TOKEN\" }\n";
    let source = tiny(&sandbox, &format!("{}{rest}", small(&["say", "env"])), &[]);
    let port = sandbox::port().to_string();
    let arguments = ["--source", source.path().as_str(), "--port", &port, "--format", "json"];
    let finished = sandbox.xtask(&[&["smoke"], &arguments[..]].concat()).expect(0);
    let mut texts = vec![("stdout".to_owned(), finished.stdout.clone())];
    texts.push(("stderr".to_owned(), finished.stderr.clone()));
    read_all(finished.folder(), &mut texts);
    assert!(
        texts
            .iter()
            .any(|(name, text)| name.ends_with("check-chatty.log") && text.contains("token "))
    );
    for (name, text) in &texts {
        for secret in [CANARY, base64] {
            assert!(!text.contains(secret), "{name} has the secret:\n{text}");
        }
    }
}

fn read_all(folder: &camino::Utf8Path, texts: &mut Vec<(String, String)>) {
    for entry in folder.read_dir_utf8().unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => read_all(entry.path(), texts),
            false => {
                texts.push((entry.path().to_string(), fs::read_to_string(entry.path()).unwrap()))
            }
        }
    }
}

#[test]
fn a_workspace_that_a_stack_removes_is_said_and_not_made_anew() {
    let sandbox = Sandbox::new();
    let check =
        "[[check]]\nname = \"remove\"\ncommand = [\"rm\", \"-r\", \"{{SMOKE_WORKSPACE}}\"]\n";
    // That nothing is in its place, the sandbox looks at itself.
    run(&sandbox, check, &[]).expect(1).says(&["was moved or removed by something else"]);
}

/// Whatever a stack leaves in its workspace, only that is deleted.
#[test]
fn a_workspace_that_is_a_trap_harms_nothing_outside_of_it() {
    let sandbox = Sandbox::new();
    let precious = sandbox.path().join("precious");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("thesis.txt"), "years of work").unwrap();
    let before = Listing::of(&precious);
    let script = format!(
        r#"cd "$SMOKE_WORKSPACE"
        ln -s {precious} logs/link; ln -s {precious} link; ln -s / root; mkfifo pipe
        mkdir -p locked/deep; touch locked/deep/file; chmod 0 locked/deep; chmod 0 locked
        mkdir "$(printf 'line\nbreak')" "$(printf 'not\377text')" ./-rf
        touch "$(printf 'not\377text')/$(printf '\376')""#
    );
    let finished = run(&sandbox, &rude(&script), &[]).expect(0);
    assert!(!finished.workspace().exists());
    before.assert_same(&precious);
}

/// The run folder lies where the stack can reach it.
#[test]
fn links_that_a_stack_puts_into_the_run_folder_lead_nowhere() {
    let sandbox = Sandbox::new();
    let (run_folder, others) =
        (sandbox.path().join("w/target/smoke/latest"), sandbox.path().join("others"));
    fs::create_dir(&others).unwrap();
    fs::write(others.join("precious"), "theirs").unwrap();
    let links = format!(
        "cd {run_folder} && for name in run.json report.html junit.xml; do ln -sf {others}/precious $name; done; \
         mv logs own-logs && ln -s {others} logs"
    );
    let finished = run(&sandbox, &rude(&links), &[]).expect(4);
    let finished = finished.says(&["[prerequisite-missing]", "cannot be written"]);
    assert_eq!(fs::read_to_string(others.join("precious")).unwrap(), "theirs");
    assert_eq!(others.read_dir_utf8().unwrap().count(), 1, "{}", finished.shown());
    for name in ["run.json", "report.html", "junit.xml"] {
        assert!(!finished.folder().join(name).is_symlink(), "{name}");
    }
}

#[test]
fn pipes_that_a_stack_puts_into_the_run_folder_hold_nothing_up() {
    let sandbox = Sandbox::new();
    let run_folder = sandbox.path().join("w/target/smoke/latest");
    let names = "run.json events.jsonl harness.log report.html junit.xml logs/verify.log logs/rude.log logs/more.log";
    let pipes =
        format!("cd {run_folder} && for name in {names}; do rm -f $name && mkfifo $name; done");
    run(&sandbox, &rude(&pipes), &[]).expect(4).says(&["[prerequisite-missing]", "verify.log"]);
}

#[test]
fn pipes_in_the_place_of_the_supervisors_files_hold_nothing_up() {
    let sandbox = Sandbox::new();
    let script = r#"cd "$SMOKE_WORKSPACE/.supervisor"
        for name in status.json logs supervisor.log; do rm -f $name; mkfifo $name; done"#;
    run(&sandbox, &rude(script), &[]).expect(0);
}

#[test]
fn what_is_in_the_place_of_a_lock_is_neither_waited_for_nor_followed() {
    let sandbox = Sandbox::new();
    let (precious, workspace) = (sandbox.path().join("precious"), sandbox.path().join("ws"));
    let named = ["--workspace", workspace.as_str()];
    let link = format!("ln -s {precious}");
    for instead in ["mkfifo", &link] {
        let script = format!("cd \"$SMOKE_WORKSPACE\" && rm .lock && {instead} .lock");
        let keep = [&named[..], &["--keep-workspace"]].concat();
        run(&sandbox, &rude(&script), &keep).expect(0);
        sandbox.xtask(&[&["smoke", "--cleanup-only"], &named[..]].concat()).expect(0);
        assert!(!workspace.exists() && !precious.exists(), "after {instead}");
    }
}

#[test]
fn what_is_in_the_place_of_the_run_folder_is_neither_waited_for_nor_followed() {
    let sandbox = Sandbox::new();
    let (runs, others) = (sandbox.runs(), sandbox.path().join("others"));
    let link = format!("ln -s {others}");
    for instead in ["mkfifo", &link] {
        fs::create_dir(&others).unwrap();
        let script = format!("d=$(realpath {runs}/../latest); mv $d {others}.moved; {instead} $d");
        run(&sandbox, &rude(&script), &[]).expect(4).says(&["[prerequisite-missing]"]);
        fs::remove_dir(&others).expect("nothing was written behind the link");
        fs::remove_dir_all(format!("{others}.moved")).unwrap();
        for entry in runs.read_dir_utf8().unwrap().flatten() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// A check that does this to the run.
fn rude(script: &str) -> String {
    format!("[[check]]\nname = \"rude\"\ncommand = [\"sh\", \"-c\", '''{script}''']\n")
}

#[test]
fn what_is_mounted_in_a_workspace_is_left_alone() {
    let sandbox = Sandbox::new();
    let (precious, workspace) = (sandbox.path().join("precious"), sandbox.path().join("ws"));
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("thesis.txt"), "years of work").unwrap();
    let before = Listing::of(&precious);
    run(&sandbox, "", &["--workspace", workspace.as_str(), "--keep-workspace"]).expect(0);
    let script = "mkdir -p $2/a/b; mount --bind $1 $2/a/b; shift 2; exec \"$@\"";
    let Some(mut command) = small_disk::with_mounts(&sandbox, script) else {
        return skipped("nothing can be mounted here, not even in a namespace of its own");
    };
    let xtask = smoke_tests::binaries::binaries().xtask.as_str();
    command.args([precious.as_str(), workspace.as_str(), xtask, "smoke", "--cleanup-only"]);
    command.args(["--workspace", workspace.as_str()]);
    let finished = sandbox.run(command).finish().expect(1);
    finished.says(&["[leak]", "b is a mount point"]);
    before.assert_same(&precious);
    sandbox.xtask(&["smoke", "--cleanup-only", "--workspace", workspace.as_str()]).expect(0);
    assert!(!workspace.exists());
    before.assert_same(&precious);
}

#[test]
fn output_never_acts_on_the_terminal() {
    let sandbox = Sandbox::new();
    let check = "[[check]]\nname = \"ugly\"\ncommand = [\"sh\", \"-c\", '''printf '\\033[31mred\\033]0;title\\007\\r\\n'; exit 1''']\n";
    let finished = run(&sandbox, check, &[]).expect(1).caused_by("check-failed");
    let raw = finished.stderr.chars().any(|c| c.is_control() && c != '\n');
    assert!(!raw && finished.stderr.contains("red"), "{:?}", finished.stderr);
}
