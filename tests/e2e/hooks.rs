//! The pre-push hook, with real pushes.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use rustix::process::{Pid, Signal, kill_process_group};
use smoke_core::process::{self, Process};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::wait::until;
use smoke_tests::{Pushing, Sandbox};

fn profile() -> String {
    format!("{}{TALK}", small(&["say"]))
}

fn tiny_push(sandbox: &Sandbox) -> Pushing<'_> {
    Pushing::new(sandbox, tiny(sandbox, &profile(), &[]))
}

#[test]
fn each_tree_that_is_pushed_is_smoked_once() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.hook("install", &[]).expect(0).says(&["is smoked first", "SMOKE_SKIP=1 git push"]);
    // The work tree is not what is pushed.
    pushing.source.write("smoke.toml", "this is no profile");
    pushing.push(&["origin", "main"]).expect(0).says(&["smoking", "passed in"]);
    assert_eq!(pushing.runs(), 1);
    pushing.source.git(&["tag", "-a", "v1", "-m", "one"]);
    pushing.source.git(&["branch", "another"]);
    pushing.push(&["origin", "v1", "another", "main:refs/heads/\u{fc}ber"]).expect(0);
    pushing.source.git(&["commit", "--quiet", "--allow-empty", "--message", "the same tree"]);
    pushing.push(&["--force", pushing.remote.as_str(), "main"]).expect(0);
    pushing.push(&["origin", "--delete", "another"]).expect(0);
    pushing.push(&["origin", "main"]).expect(0);
    assert_eq!(pushing.runs(), 1, "what passed was smoked again");
    assert_eq!(pushing.remote_ref("refs/heads/\u{fc}ber").len(), 40);
}

#[test]
fn a_push_of_what_fails_is_stopped_unless_it_is_told_to_skip() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.hook("install", &[]).expect(0);
    let good = profile();
    pushing.source.write("smoke.toml", &good.replace("text = \"hello\"", "text = \"bye\""));
    let bad = pushing.source.commit("bad");
    // HEAD is fine, what is pushed is not.
    pushing.source.write("smoke.toml", &good);
    pushing.source.commit("good");
    let refused = pushing.push(&["origin", &format!("{bad}:refs/heads/bad")]).expect(1);
    refused.says(&["FAILED at stage-talk", "the push was stopped"]);
    assert_eq!(pushing.remote_ref("refs/heads/bad"), "");
    // A failure is not remembered, and neither is a part of a run.
    pushing.push(&["origin", &format!("{bad}:refs/heads/bad")]).expect(1);
    assert_eq!(pushing.runs(), 2);
    let mut git = sandbox.command("git");
    git.args(["push", "origin", &format!("{bad}:refs/heads/bad")]).env("SMOKE_SKIP", "on fire");
    sandbox.run_in(git, pushing.source.path()).expect(0).says(&["nothing is smoked", "on fire"]);
    assert_eq!((pushing.remote_ref("refs/heads/bad"), pushing.runs()), (bad, 2));
    pushing.push(&["origin", "main"]).expect(0).says(&["smoking"]);
}

#[test]
fn a_run_by_hand_counts_if_it_is_whole() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    let source = pushing.source.path().as_str();
    pushing.hook("install", &[]).expect(0);
    sandbox.xtask(&["smoke", "--source", source, "--bootstrap-only"]).expect(0);
    sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0);
    pushing.push(&["--dry-run", "origin", "main"]).expect(0).says(&["smoking"]);
    pushing.source.write("README.md", "# Another\n");
    pushing.source.commit("another");
    sandbox.xtask(&["smoke", "--source", source]).expect(0);
    let runs = pushing.runs();
    pushing.push(&["origin", "main"]).expect(0);
    assert_eq!(pushing.runs(), runs);
}

#[test]
fn a_hook_that_is_there_is_run_first_and_put_back_as_it_was() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    let hooks = pushing.source.path().join(".git/hooks");
    let _ = fs::remove_dir_all(&hooks);
    let seen = sandbox.path().join("seen");
    let text = format!("#!/bin/sh\n{{ echo \"$1 $2\"; cat; }} >{seen}\nexit ${{EARLIER:-0}}\n");
    let earlier = pushing.write_hook(&hooks, &text);
    let before = fs::metadata(&earlier).unwrap();
    for _ in 0..2 {
        pushing.hook("install", &[]).expect(0).says(&["which was there before"]);
    }
    let mut git = sandbox.command("git");
    git.args(["push", "origin", "main"]).env("EARLIER", "7");
    sandbox.run_in(git, pushing.source.path()).expect(1);
    assert_eq!((pushing.runs(), pushing.remote_ref("main")), (0, String::new()));
    pushing.push(&["origin", "main"]).expect(0).says(&["smoking"]);
    let head = pushing.source.git(&["rev-parse", "HEAD"]);
    let line = format!("refs/heads/main {head} refs/heads/main {}\n", "0".repeat(40));
    let expected = format!("origin {}\n{line}", pushing.remote);
    assert_eq!(fs::read_to_string(&seen).unwrap(), expected);
    for _ in 0..2 {
        pushing.hook("uninstall", &[]).expect(0);
    }
    let after = fs::metadata(&earlier).unwrap();
    assert_eq!(
        (after.mode(), after.ino(), after.mtime()),
        (before.mode(), before.ino(), before.mtime())
    );
    assert_eq!(fs::read_to_string(&earlier).unwrap(), text);
    assert_eq!(fs::read_dir(&hooks).unwrap().count(), 1, "something is left in {hooks}");
    assert!(!pushing.source.path().join(".git/clone-smoke").exists());
}

#[test]
fn a_link_is_put_back_as_a_link_and_a_folder_that_was_not_there_is_gone_again() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    let hooks = pushing.source.path().join(".git/hooks");
    let _ = fs::remove_dir_all(&hooks);
    pushing.hook("install", &[]).expect(0);
    pushing.hook("uninstall", &[]).expect(0);
    assert!(!hooks.exists());
    let real = pushing.write_hook(&pushing.source.path().join("scripts"), "#!/bin/sh\ntouch ran\n");
    fs::create_dir(&hooks).unwrap();
    symlink("../../scripts/pre-push", hooks.join("pre-push")).unwrap();
    pushing.hook("install", &[]).expect(0);
    pushing.push(&["origin", "main"]).expect(0);
    assert!(pushing.source.path().join("ran").exists() && real.exists());
    pushing.hook("uninstall", &[]).expect(0);
    assert_eq!(
        fs::read_link(hooks.join("pre-push")).unwrap().to_str(),
        Some("../../scripts/pre-push")
    );
}

#[test]
fn what_was_changed_since_is_left_alone() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    let hook = pushing.source.path().join(".git/hooks/pre-push");
    pushing.hook("install", &[]).expect(0);
    let changed = fs::read_to_string(&hook).unwrap().replace("exit 1", "exit 0");
    fs::write(&hook, &changed).unwrap();
    pushing.hook("uninstall", &[]).expect(2).says(&["was changed since"]);
    pushing.hook("install", &[]).expect(2).says(&["was changed since"]);
    assert_eq!(fs::read_to_string(&hook).unwrap(), changed);
    fs::write(&hook, "#!/bin/sh\nexit 3\n").unwrap();
    pushing.hook("uninstall", &[]).expect(0);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 3\n");
}

#[test]
fn a_folder_of_hooks_in_the_repository_is_used() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.source.git(&["config", "core.hooksPath", ".githooks"]);
    let folder = pushing.source.path().join(".githooks");
    let hook = pushing.write_hook(&folder, "#!/bin/sh\necho earlier >&2\n");
    pushing.hook("install", &[]).expect(0).says(&["not for git"]);
    pushing.push(&["origin", "main"]).expect(0).says(&["earlier", "smoking"]);
    pushing.hook("uninstall", &[]).expect(0);
    assert_eq!(fs::read_to_string(hook).unwrap(), "#!/bin/sh\necho earlier >&2\n");
    pushing.source.git(&["config", "core.hooksPath", "/dev/null"]);
    pushing.hook("install", &[]).expect(2).says(&["core.hooksPath leads to /dev/null"]);
}

#[test]
fn a_folder_of_hooks_that_others_share_is_only_used_when_asked() {
    let mut sandbox = Sandbox::new();
    let shared = sandbox.path().join("hooks");
    let config = sandbox.path().join("gitconfig");
    fs::write(&config, format!("[core]\nhooksPath = {shared}\n")).unwrap();
    sandbox.set("GIT_CONFIG_GLOBAL", config.as_str());
    let pushing = tiny_push(&sandbox);
    let other = sandbox.path().join("other");
    pushing.source.git(&["clone", "--quiet", pushing.source.path().as_str(), other.as_str()]);
    let hook = pushing.write_hook(&shared, "#!/bin/sh\necho earlier >&2\n");
    pushing.hook("install", &[]).expect(2).says(&["other repositories may share", "--chain"]);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho earlier >&2\n");
    pushing.hook("install", &["--chain"]).expect(0);
    pushing.push(&["origin", "main"]).expect(0).says(&["earlier", "smoking"]);
    let elsewhere = pushing.push_from(&other, &[pushing.remote.as_str(), "main:refs/heads/o"]);
    let elsewhere = elsewhere.expect(0).says(&["earlier"]);
    assert!(!elsewhere.stderr.contains("smoking"), "{}", elsewhere.stderr);
    sandbox.xtask(&["hook", "install", "--chain", "--source", other.as_str()]).expect(0);
    pushing.hook("uninstall", &[]).expect(0).says(&["which other repositories use"]);
    sandbox.xtask(&["hook", "uninstall", "--source", other.as_str()]).expect(0);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho earlier >&2\n");
    assert_eq!(fs::read_dir(&shared).unwrap().count(), 1);
}

#[test]
fn worktrees_bare_clones_and_exported_variables_are_safe() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.hook("install", &[]).expect(0);
    let (tree, bare) = (sandbox.path().join("tree"), sandbox.path().join("bare.git"));
    pushing.source.git(&["worktree", "add", "--quiet", "-b", "side", tree.as_str()]);
    fs::write(tree.join("README.md"), "# In the worktree\n").unwrap();
    let of_tree = smoke_tests::Repository::at(&sandbox, &tree);
    of_tree.commit("side");
    pushing.push_from(&tree, &["origin", "side"]).expect(0).says(&["smoking"]);
    pushing.source.git(&["clone", "--quiet", "--bare", ".", bare.as_str()]);
    sandbox.xtask(&["hook", "install", "--source", bare.as_str()]).expect(0);
    let from_bare = pushing.push_from(&bare, &[pushing.remote.as_str(), "main"]).expect(0);
    from_bare.says(&["smoking"]);
    // A work tree that is none to those who do not have the variables.
    let (apart, git_dir) = (sandbox.path().join("apart"), pushing.source.path().join(".git"));
    fs::create_dir(&apart).unwrap();
    fs::write(apart.join("README.md"), "# Apart\n").unwrap();
    let git = |words: &[&str]| {
        let mut git = sandbox.command("git");
        git.env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &apart).args(words);
        git.args([] as [&str; 0])
            .env("GIT_AUTHOR_NAME", "T")
            .env("GIT_AUTHOR_EMAIL", "t@localhost");
        git.env("GIT_COMMITTER_NAME", "T").env("GIT_COMMITTER_EMAIL", "t@localhost");
        sandbox.run_in(git, &apart).expect(0)
    };
    git(&["add", "README.md"]);
    git(&["commit", "--quiet", "--message", "apart"]);
    git(&["push", "origin", "HEAD:refs/heads/apart"]).says(&["smoking"]);
    assert_eq!((pushing.runs(), pushing.source.git(&["fsck", "--strict"])), (3, String::new()));
    assert_eq!(pushing.source.git(&["config", "core.bare"]), "false");
}

#[test]
fn three_thousand_refs_are_looked_at_at_once() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    let head = pushing.source.git(&["rev-parse", "HEAD"]);
    let blob = pushing.source.git(&["rev-parse", "HEAD:README.md"]);
    pushing.hook("install", &[]).expect(0);
    let mut refs: String =
        (0..3000).map(|n| format!("{head} refs/heads/topic/{n:0>60}\n")).collect();
    refs.push_str(&format!("{blob} refs/tags/a-file\n"));
    fs::write(pushing.source.path().join(".git/packed-refs"), refs).unwrap();
    pushing.push(&["origin", "refs/*:refs/*"]).expect(0).says(&["smoking"]);
    assert_eq!(pushing.runs(), 1);
    assert_eq!(pushing.remote_ref("refs/tags/a-file"), blob);
}

#[test]
fn a_push_that_is_interrupted_stops_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let slow =
        format!("{}[[check]]\nname = \"slow\"\ncommand = [\"sleep\", \"600\"]\n", small(&["say"]));
    let pushing = Pushing::new(&sandbox, tiny(&sandbox, &slow, &[]));
    pushing.hook("install", &[]).expect(0);
    for whole_group in [true, false] {
        let before = pushing.runs();
        let mut git = sandbox.command("git");
        git.args(["push", "origin", "main"]).current_dir(pushing.source.path());
        let mut push = sandbox.run(git);
        push.wait_for("ready          passed");
        let group = Pid::from_raw(push.pid()).unwrap();
        if whole_group {
            // As the terminal does at Ctrl-C.
            kill_process_group(group, Signal::INT).unwrap();
        } else {
            push.signal(Signal::KILL);
        }
        assert_ne!(push.finish().code, 0);
        assert_eq!(pushing.runs(), before + 1);
        until("the end of the run", || {
            let record =
                fs::read_to_string(sandbox.cwd().join("target/smoke/latest/run.json")).ok()?;
            record.contains("\"outcome\": \"interrupted\",\n  \"exit_code\"").then_some(())
        });
        until("an empty TMPDIR", || (fs::read_dir(sandbox.tmp()).ok()?.count() == 0).then_some(()));
        // git's own other end of the push goes once the hook lets go of the connection.
        until("the end of git's processes", || {
            let remote = pushing.remote.as_str();
            let of_push = |process: &Process| process.command_line().contains(remote);
            (!process::all().iter().any(of_push)).then_some(())
        });
    }
    assert_eq!(pushing.remote_ref("main"), "");
}

#[test]
fn without_its_program_the_hook_says_so_and_can_be_skipped() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.hook("install", &[]).expect(0);
    fs::remove_file(pushing.source.path().join(".git/clone-smoke/xtask")).unwrap();
    pushing.push(&["origin", "main"]).expect(1).says(&["the program is gone", "SMOKE_SKIP=1"]);
    let mut git = sandbox.command("git");
    git.args(["push", "origin", "main"]).env("SMOKE_SKIP", "1");
    sandbox.run_in(git, pushing.source.path()).expect(0);
    pushing.hook("install", &[]).expect(0);
    pushing.source.write("README.md", "# Once more\n");
    pushing.source.commit("once more");
    pushing.push(&["origin", "main"]).expect(0).says(&["smoking"]);
}

#[test]
fn hook_managers_are_told_apart_and_the_lines_for_them_work() {
    let sandbox = Sandbox::new();
    let pushing = tiny_push(&sandbox);
    pushing.source.write("lefthook.yml", "pre-commit: {}\n");
    let told = pushing.hook("install", &[]).expect(2);
    let told = told.says(&["lefthook writes the hooks", "use_stdin: true", "lefthook install"]);
    assert!(!pushing.source.path().join(".git/hooks/pre-push").exists());
    fs::remove_file(pushing.source.path().join("lefthook.yml")).unwrap();
    // The line for a manager is the hook of another one.
    let call = told.stderr.lines().find(|line| line.contains("clone-smoke/xtask")).unwrap().trim();
    pushing.source.git(&["config", "core.hooksPath", ".husky"]);
    let husky = pushing.source.path().join(".husky");
    pushing.write_hook(&husky, &format!("#!/bin/sh\n{call}\n"));
    pushing.hook("install", &[]).expect(0).says(&["calls Clone Smoke"]);
    pushing.push(&["origin", "main"]).expect(0).says(&["smoking"]);
    pushing.hook("uninstall", &[]).expect(0).says(&["take out"]);
    fs::remove_dir_all(&husky).unwrap();
    pushing.source.write(".pre-commit-config.yaml", "repos: []\n");
    pushing.hook("install", &[]).expect(2).says(&["pre-commit install --hook-type pre-push"]);
    pushing.hook("install", &["--chain", "--", "--restart-timeout", "30"]).expect(0);
    pushing.push(&["origin", "main"]).expect(0);
    pushing.hook("install", &["--chain", "--", "--manual"]).expect(2).says(&["full runs"]);
}
