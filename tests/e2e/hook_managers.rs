//! The pre-push hook as real hook managers call it.

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Pushing, Sandbox, npm, python, skipped};

/// What a manager needs is in reach: its programs come first on PATH.
fn sandbox(programs: Result<camino::Utf8PathBuf, String>) -> Option<Sandbox> {
    let programs = match programs {
        Ok(programs) => programs,
        Err(why) => {
            skipped(&why);
            return None;
        }
    };
    let mut sandbox = Sandbox::new();
    sandbox.set("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()));
    sandbox.set("PRE_COMMIT_HOME", sandbox.path().join("pre-commit"));
    Some(sandbox)
}

fn of_node(program: &str) -> Option<Sandbox> {
    let installed = npm::install("hook-managers", program);
    sandbox(installed.map(|program| program.parent().unwrap().to_owned()))
}

/// A repository on `main`, whose branch `broken` has a smoke.toml that fails.
fn with_broken_branch<'a>(sandbox: &'a Sandbox, files: &[(&str, &str)]) -> Pushing<'a> {
    let profile = format!("{}{TALK}", small(&["say"]));
    let pushing = Pushing::new(sandbox, tiny(sandbox, &profile, files));
    let source = &pushing.source;
    source.git(&["switch", "--quiet", "--create", "broken"]);
    source.write("smoke.toml", &profile.replace("text = \"hello\"", "text = \"bye\""));
    source.commit("broken");
    source.git(&["switch", "--quiet", "main"]);
    pushing
}

fn run(sandbox: &Sandbox, pushing: &Pushing, program: &str, arguments: &[&str]) -> Finished {
    let mut command = sandbox.command(program);
    command.args(arguments);
    sandbox.run_in(command, pushing.source.path()).expect(0)
}

/// What `hook install` says is to be added, between the lines that say so.
fn lines_to_add(told: &Finished) -> Vec<String> {
    let blocks = told.stderr.split("\n\n").skip(1).step_by(2);
    blocks.map(|block| format!("{}\n", block.trim_matches('\n'))).collect()
}

/// Managers print what a hook says on stdout or on stderr.
#[track_caller]
fn says(push: Finished, texts: &[&str]) {
    let Finished { stdout, stderr, .. } = push;
    for text in texts {
        assert!(stdout.contains(text) || stderr.contains(text), "no {text:?} in {stdout}{stderr}");
    }
}

/// The broken branch is stopped, whatever is pushed beside it, and the good one gets through.
fn stops_what_is_broken(pushing: &Pushing) {
    let both = pushing.push(&["origin", "main", "broken"]);
    says(both.expect(1), &["`git push origin main broken`", "2 refs", "FAILED at stage-talk"]);
    assert_eq!((pushing.remote_ref("main"), pushing.remote_ref("broken")), Default::default());
    says(pushing.push(&["--quiet", "origin", "main"]).expect(0), &["main` pushes: 1 ref"]);
    assert_eq!(pushing.remote_ref("main").len(), 40);
}

#[test]
fn husky_whose_hook_reads_git_s_lines_itself_is_found_out() {
    let Some(sandbox) = of_node("husky") else { return };
    let pushing = with_broken_branch(&sandbox, &[("package.json", "{}\n")]);
    run(&sandbox, &pushing, "husky", &[]);
    let lines = lines_to_add(&pushing.hook("install", &[]).expect(2)).concat();
    pushing.source.write(".husky/pre-push", &format!("cat >/dev/null\n{lines}"));
    pushing.hook("install", &[]).expect(0).says(&["calls Clone Smoke"]);
    stops_what_is_broken(&pushing);
    pushing.push(&["origin", "main"]).expect(0).says(&["git's lines did not get here", "nothing"]);
    pushing.source.git(&["config", "alias.up", "push --no-progress"]);
    let mut git = sandbox.command("git");
    git.args(["-C", "..", "-C", "src", "up", "origin", "broken:refs/heads/b"]);
    let refused = sandbox.run_in(git, pushing.source.path()).expect(1);
    refused.says(&["git push --no-progress origin broken:refs/heads/b", "for refs/heads/b"]);
    // With git's lines there is nothing to find out.
    pushing.source.write(".husky/pre-push", &lines);
    let told = pushing.push(&["origin", "broken"]).expect(1).says(&["for refs/heads/broken"]);
    assert!(!told.stderr.contains("git was asked"), "{}", told.stderr);
}

#[test]
fn lefthook_smokes_branches_that_are_not_checked_out() {
    let Some(sandbox) = of_node("lefthook") else { return };
    let pushing = with_broken_branch(&sandbox, &[("lefthook.yml", "pre-commit: {}\n")]);
    let blocks = lines_to_add(&pushing.hook("install", &[]).expect(2));
    let [config, script] = &blocks[..] else { panic!("{blocks:#?}") };
    pushing.source.write("lefthook.yml", config);
    pushing.hook("install", &[]).expect(2).says(&["clone-smoke.sh with this line"]);
    pushing.source.write(".lefthook/pre-push/clone-smoke.sh", script);
    pushing.source.commit("lefthook");
    pushing.hook("install", &[]).expect(0).says(&["calls Clone Smoke"]);
    run(&sandbox, &pushing, "lefthook", &["install"]);
    says(pushing.push(&["origin", "main"]).expect(0), &["smoking"]);
    says(pushing.push(&["origin", "broken"]).expect(1), &["FAILED at stage-talk"]);
}

#[test]
fn lefthook_that_keeps_git_s_lines_is_told_of_and_found_out() {
    let Some(sandbox) = of_node("lefthook") else { return };
    let pushing = with_broken_branch(&sandbox, &[("lefthook.yml", "pre-commit: {}\n")]);
    let call = lines_to_add(&pushing.hook("install", &[]).expect(2)).pop().unwrap();
    let command = format!("pre-push:\n  commands:\n    smoke:\n      run: |\n        {call}");
    pushing.source.write("lefthook.yml", &command);
    pushing.source.commit("lefthook");
    pushing.hook("install", &[]).expect(2).says(&["without `use_stdin: true`"]);
    run(&sandbox, &pushing, "lefthook", &["install"]);
    stops_what_is_broken(&pushing);
}

#[test]
fn of_several_branches_pre_commit_tells_of_one_and_all_are_smoked() {
    let Some(sandbox) = sandbox(python::install("pre-commit")) else { return };
    let files = [(".pre-commit-config.yaml", "repos: []\n")];
    let pushing = with_broken_branch(&sandbox, &files);
    let lines = lines_to_add(&pushing.hook("install", &[]).expect(2)).concat();
    pushing.source.write(".pre-commit-config.yaml", &format!("repos:\n{lines}"));
    pushing.source.commit("pre-commit");
    pushing.hook("install", &[]).expect(0).says(&["calls Clone Smoke"]);
    run(&sandbox, &pushing, "pre-commit", &["install", "--hook-type", "pre-push"]);
    stops_what_is_broken(&pushing);
    // As it is called in CI, without any push.
    let (from, to) = (pushing.source.git(&["rev-parse", "main~1"]), "main");
    let by_hand = ["run", "--hook-stage", "pre-push", "--from-ref", &from, "--to-ref", to];
    let said = run(&sandbox, &pushing, "pre-commit", &by_hand);
    says(said, &["as pre-commit tells of it alone"]);
}

/// A hook that is called by nobody who pushes, with its input at its end.
#[test]
fn without_a_push_above_head_is_smoked() {
    let sandbox = Sandbox::new();
    let pushing = with_broken_branch(&sandbox, &[]);
    pushing.hook("install", &[]).expect(0);
    let program = pushing.source.path().join(".git/clone-smoke/xtask");
    let call = |input: &str| {
        let mut hook = sandbox.command("sh");
        hook.args(["-c", &format!("{input} | {program} hook run")]);
        sandbox.run_in(hook, pushing.source.path()).expect(0)
    };
    call("true").says(&["so HEAD is smoked", "passed in"]);
    // Our own hook hands this on where nothing is pushed.
    assert_eq!(call("echo").stderr, "");
}
