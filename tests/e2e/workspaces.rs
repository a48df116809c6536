//! Workspaces: named, kept, reused, replaced; and what is not ours.

use std::fs;

use camino::Utf8Path;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Listing, Repository, Sandbox, sandbox};

fn source(sandbox: &Sandbox) -> Repository<'_> {
    tiny(sandbox, &format!("{}{TALK}", small(&["say"])), &[])
}

fn run(sandbox: &Sandbox, source: &Repository, arguments: &[&str]) -> Finished {
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    sandbox.xtask(&[&fixed, arguments].concat())
}

/// A workspace that a run kept.
fn kept<'a>(sandbox: &'a Sandbox) -> (Repository<'a>, camino::Utf8PathBuf) {
    let (source, workspace) = (source(sandbox), sandbox.path().join("ws"));
    let arguments = ["--workspace", workspace.as_str(), "--keep-workspace"];
    run(sandbox, &source, &arguments).expect(0);
    assert!(workspace.join("stelae/README.md").exists());
    (source, workspace)
}

fn is_cached(finished: &Finished, step: &str) -> bool {
    finished.step(step)["cached"].as_bool().unwrap()
}

#[test]
fn one_that_is_not_ours_is_refused_and_untouched() {
    let sandbox = Sandbox::new();
    let (source, foreign) = (source(&sandbox), sandbox.path().join("precious"));
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let link = sandbox.path().join("link");
    std::os::unix::fs::symlink(&foreign, &link).unwrap();
    let before = Listing::of(&foreign);
    for path in [&foreign, &link] {
        for more in [None, Some("--force-workspace"), Some("--no-reuse-workspace")] {
            let arguments: Vec<&str> =
                ["--workspace", path.as_str()].into_iter().chain(more).collect();
            let finished = run(&sandbox, &source, &arguments).expect(2);
            finished.caused_by("workspace-unmarked").says(&[path.as_str(), "marker"]);
        }
        let arguments = ["smoke", "--cleanup-only", "--workspace", path.as_str()];
        sandbox.xtask(&arguments).expect(2).says(&["workspace-unmarked"]);
    }
    before.assert_same(&foreign);
    assert!(link.is_symlink());
}

#[test]
fn one_whose_run_waits_for_a_person_is_replaced_with_its_stack() {
    let sandbox = Sandbox::new();
    let (source, workspace) = (source(&sandbox), sandbox.path().join("ws"));
    let named = ["--workspace", workspace.as_str()];
    let waiting = run(&sandbox, &source, &[&named[..], &["--manual"]].concat()).expect(0);
    assert_eq!(waiting.record["outcome"], "manual");
    run(&sandbox, &source, &named).expect(2).caused_by("workspace-busy");
    // That nothing is left, the sandbox looks at itself.
    run(&sandbox, &source, &[&named[..], &["--no-reuse-workspace"]].concat()).expect(0);
}

#[test]
fn a_marked_one_behind_a_link_is_refused_too() {
    let sandbox = Sandbox::new();
    let (source, workspace) = kept(&sandbox);
    let link = sandbox.path().join("link");
    std::os::unix::fs::symlink(&workspace, &link).unwrap();
    let finished = run(&sandbox, &source, &["--workspace", link.as_str(), "--force-workspace"]);
    finished.expect(2).caused_by("workspace-unmarked");
    assert!(workspace.join("stelae/README.md").exists());
}

#[test]
fn a_new_one_is_private_and_gone_at_the_end() {
    let sandbox = Sandbox::new();
    let source = source(&sandbox);
    let finished = run(&sandbox, &source, &[]).expect(0);
    let workspace = finished.workspace();
    assert!(workspace.file_name().unwrap().starts_with("stelae-smoke-workspace-"));
    assert!(workspace.starts_with(sandbox.tmp()) && !workspace.exists());
}

#[test]
fn a_kept_one_below_tmpdir_is_removed_by_cleanup_only() {
    let sandbox = Sandbox::new();
    let source = source(&sandbox);
    let workspace = run(&sandbox, &source, &["--keep-workspace"]).expect(0).workspace();
    assert!(workspace.join(".stelae_smoke_workspace").is_file());
    assert_eq!(mode(&workspace), 0o700);
    let line = format!("removed {workspace}");
    sandbox.xtask(&["smoke", "--cleanup-only"]).expect(0).says(&[&line]);
    assert!(!workspace.exists());
}

#[test]
fn a_named_one_is_reused_and_gone_at_the_end_unless_it_is_kept() {
    let sandbox = Sandbox::new();
    let (source, workspace) = kept(&sandbox);
    let again = run(&sandbox, &source, &["--workspace", workspace.as_str(), "--keep-workspace"]);
    assert!(is_cached(&again.expect(0), "clone"));
    let last = run(&sandbox, &source, &["--workspace", workspace.as_str(), "--reuse-workspace"]);
    assert!(is_cached(&last.expect(0), "clone"));
    assert!(!workspace.exists());
}

#[test]
fn a_named_one_is_replaced_when_asked() {
    for flag in ["--no-reuse-workspace", "--force-workspace"] {
        let sandbox = Sandbox::new();
        let (source, workspace) = kept(&sandbox);
        fs::write(workspace.join("left"), "x").unwrap();
        let arguments = ["--workspace", workspace.as_str(), "--keep-workspace", flag];
        let finished = run(&sandbox, &source, &arguments).expect(0);
        assert!(!is_cached(&finished, "clone") && !workspace.join("left").exists(), "{flag}");
    }
}

#[test]
fn a_clone_of_another_commit_is_outdated_unless_forced() {
    let sandbox = Sandbox::new();
    let (source, workspace) = kept(&sandbox);
    source.write("more.txt", "x");
    source.commit("second");
    let named = ["--workspace", workspace.as_str(), "--keep-workspace"];
    let finished = run(&sandbox, &source, &named).expect(1).caused_by("clone-outdated");
    finished.says(&["--force-bootstrap", "--force-outdated"]);
    assert!(workspace.exists());
    let outdated = run(&sandbox, &source, &[&named[..], &["--force-outdated"]].concat());
    assert!(is_cached(&outdated.expect(0), "clone"));
    assert!(!workspace.join("stelae/more.txt").exists());
    let again = run(&sandbox, &source, &[&named[..], &["--force-bootstrap"]].concat());
    assert!(!is_cached(&again.expect(0), "clone"));
    assert!(workspace.join("stelae/more.txt").exists());
}

#[test]
fn what_an_interrupted_run_left_of_the_agents_repository_is_in_nobodys_way() {
    let sandbox = Sandbox::new();
    let (source, workspace) = kept(&sandbox);
    fs::write(workspace.join("client-repo/.git/config.lock"), "").unwrap();
    run(&sandbox, &source, &["--workspace", workspace.as_str()]).expect(0);
    assert!(!workspace.exists());
}

#[test]
fn bootstrap_only_prepares_what_skip_bootstrap_starts() {
    let sandbox = Sandbox::new();
    let (source, workspace) = (source(&sandbox), sandbox.path().join("ws"));
    let named = ["--workspace", workspace.as_str()];
    let only = run(&sandbox, &source, &[&named[..], &["--bootstrap-only"]].concat()).expect(0);
    let steps = only.record["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["id"] != "start"), "{}", only.shown());
    assert!(workspace.join("config-home/.env").is_file());
    let skip = run(&sandbox, &source, &[&named[..], &["--skip-bootstrap"]].concat()).expect(0);
    assert_eq!(skip.step("stage-talk")["outcome"], "passed");
    assert!(is_cached(&skip, "clone"), "{}", skip.shown());
    let steps = skip.record["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["id"] != "env"), "{}", skip.shown());
    assert!(!workspace.exists());
}

#[test]
fn skip_bootstrap_needs_something_to_start() {
    let sandbox = Sandbox::new();
    let (source, workspace) = (source(&sandbox), sandbox.path().join("ws"));
    let arguments = ["--workspace", workspace.as_str(), "--skip-bootstrap"];
    run(&sandbox, &source, &arguments).expect(2).caused_by("usage").says(&["--keep-workspace"]);
    assert!(!workspace.exists(), "{workspace} was left");
}

#[test]
fn tmpdir_that_cannot_be_written_is_said() {
    let mut sandbox = Sandbox::new();
    let source = source(&sandbox).path().to_owned();
    // Not even root writes below /proc, or below a file.
    let file = sandbox.home().join(".codex/config.toml");
    for tmp in [Utf8Path::new("/proc"), &file] {
        sandbox.set("TMPDIR", tmp.as_str());
        let finished = sandbox.xtask(&["smoke", "--source", source.as_str()]);
        finished.expect(4).caused_by("prerequisite-missing").says(&[tmp.as_str(), "TMPDIR"]);
    }
}

#[test]
fn a_run_folder_that_cannot_be_written_is_said() {
    let sandbox = Sandbox::new();
    let source = source(&sandbox);
    let finished = run(&sandbox, &source, &["--artifacts", "/proc/smoke"]).expect(4);
    finished.says(&["prerequisite-missing", "/proc/smoke", "--artifacts"]);
}

#[test]
fn files_of_a_run_are_private() {
    let sandbox = Sandbox::new();
    let source = source(&sandbox);
    let finished = run(&sandbox, &source, &[]).expect(0);
    let folder = finished.folder();
    assert_eq!(mode(folder), 0o700);
    for name in ["run.json", "events.jsonl", "harness.log", "codex-transcripts/talk.jsonl"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

fn mode(path: &Utf8Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777
}
