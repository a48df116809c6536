//! Sources of every shape.

use std::fs;

use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Listing, Repository, Sandbox, sandbox};

fn passing() -> String {
    format!("{}{TALK}", small(&["say"]))
}

fn run(sandbox: &Sandbox, source: &str, arguments: &[&str]) -> Finished {
    let port = sandbox::port().to_string();
    sandbox.xtask(&[&["smoke", "--source", source, "--port", &port], arguments].concat())
}

#[test]
fn a_path_with_spaces_and_letters_of_other_languages() {
    let sandbox = Sandbox::new();
    let files = [("smoke.toml", passing()), ("naïve file.txt", "x".into())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let source = Repository::create(&sandbox, "my söurce 日本 'q' $x", &files);
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(0);
    assert_eq!(finished.record["source"]["path"], source.path().as_str());
}

#[test]
fn a_workspace_with_spaces_and_letters_of_other_languages() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    let workspace = sandbox.path().join("a wörk space");
    run(&sandbox, source.path().as_str(), &["--workspace", workspace.as_str()]).expect(0);
    assert!(!workspace.exists());
}

#[test]
fn changes_that_are_not_committed_are_said_and_not_tested() {
    let sandbox = Sandbox::new();
    let check = "[[check]]\nname = \"clean\"\ncommand = [\"sh\", \"-c\", \"! test -e new.txt\"]\n";
    let source = tiny(&sandbox, &format!("{}{check}", passing()), &[]);
    source.write("new.txt", "x");
    source.write("README.md", "changed");
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(0);
    let line = finished.stderr.lines().find(|line| line.contains("not committed"));
    assert!(line.is_some_and(|line| line.contains(" 2 ")), "{}", finished.shown());
    assert_eq!(finished.record["source"]["dirty"], true);
}

#[test]
fn a_clean_source_gets_no_remark() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(0);
    assert!(!finished.stderr.contains("not committed"), "{}", finished.shown());
    assert_eq!(finished.record["source"]["dirty"], false);
}

#[test]
fn a_detached_head_that_no_branch_leads_to() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    source.git(&["checkout", "--quiet", "--detach"]);
    source.write("more.txt", "x");
    let commit = source.commit("on no branch");
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(0);
    assert_eq!(finished.record["source"]["commit"], commit.as_str());
}

#[test]
fn a_commit_that_nothing_leads_to_any_more() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    source.write("more.txt", "x");
    let commit = source.commit("lost");
    source.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let finished = run(&sandbox, source.path().as_str(), &["--rev", &commit]).expect(0);
    assert_eq!(finished.record["source"]["commit"], commit.as_str());
}

#[test]
fn an_older_commit_is_tested_as_it_was() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    let first = source.git(&["rev-parse", "HEAD"]);
    source.write("more.txt", "x");
    source.commit("second");
    let finished = run(&sandbox, source.path().as_str(), &["--rev", "HEAD~1"]).expect(0);
    assert_eq!(finished.record["source"]["commit"], first.as_str());
}

#[test]
fn a_shallow_clone() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    source.write("more.txt", "x");
    source.commit("second");
    let shallow = sandbox.path().join("shallow");
    let url = format!("file://{}", source.path());
    source.git(&["clone", "--quiet", "--depth", "1", &url, shallow.as_str()]);
    run(&sandbox, shallow.as_str(), &[]).expect(0);
}

#[test]
fn a_linked_worktree_inside_a_hook_is_left_as_it_is() {
    let mut sandbox = Sandbox::new();
    let (main, linked) = (sandbox.path().join("src"), sandbox.path().join("linked"));
    tiny(&sandbox, &passing(), &[]).git(&["worktree", "add", "--quiet", linked.as_str()]);
    let before = [&main, &linked].map(|folder| Listing::of(folder));
    // What git exports to a pre-push hook.
    let git = main.join(".git/worktrees/linked");
    sandbox.set("GIT_DIR", git.as_str());
    sandbox.set("GIT_INDEX_FILE", git.join("index"));
    sandbox.set("GIT_WORK_TREE", linked.as_str());
    sandbox.set("GIT_PREFIX", "");
    let artifacts = sandbox.cwd().join("target/smoke");
    run(&sandbox, linked.as_str(), &["--artifacts", artifacts.as_str()]).expect(0);
    before[0].assert_same(&main);
    before[1].assert_same(&linked);
}

#[test]
fn an_address_of_this_machine_and_a_bare_repository() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    let bare = sandbox.path().join("a bare.git");
    source.git(&["clone", "--quiet", "--bare", source.path().as_str(), bare.as_str()]);
    let address = format!("file://{}", bare.as_str().replace(' ', "%20"));
    run(&sandbox, &address, &[]).expect(0);
}

#[test]
fn an_address_of_another_machine_must_be_cloned_first() {
    let sandbox = Sandbox::new();
    let finished = run(&sandbox, "https://example.org/x.git", &[]).expect(2).caused_by("usage");
    finished.says(&["is no folder of this machine", "git clone"]);
}

#[test]
fn a_broken_configuration_of_git_is_told_from_a_missing_git() {
    let mut sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]).path().to_owned();
    let config = sandbox.path().join("gitconfig");
    fs::write(&config, "[user\n").unwrap();
    sandbox.set("GIT_CONFIG_GLOBAL", config.as_str());
    let finished = run(&sandbox, source.as_str(), &[]).expect(4);
    finished.says(&["gitconfig", "correct what git complains about"]);
}

#[test]
fn what_a_plain_clone_leaves_out_is_said() {
    let sandbox = Sandbox::new();
    let attributes = (".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let other = Repository::create(&sandbox, "other", &[("file.txt", "x")]);
    let source = tiny(&sandbox, &passing(), &[attributes, ("big.bin", pointer)]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    source.git(&[&add[..], &[other.path().as_str(), "sub"]].concat());
    source.commit("with a submodule");
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(0);
    finished.says(&["submodules are not cloned", "files of git-lfs are pointers"]);
}

#[test]
fn a_folder_that_is_no_repository_is_wrong_usage() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("plain");
    std::fs::create_dir(&folder).unwrap();
    let finished = run(&sandbox, folder.as_str(), &[]);
    finished.expect(2).caused_by("usage").says(&[folder.as_str(), "--source"]);
}

#[test]
fn a_folder_that_does_not_exist_is_wrong_usage() {
    let sandbox = Sandbox::new();
    run(&sandbox, "/no/such/source", &[]).expect(2).caused_by("usage").says(&["/no/such/source"]);
}

#[test]
fn a_revision_that_does_not_exist_is_wrong_usage() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    for rev in ["no-such-branch", "--upload-pack=touch"] {
        let rev = format!("--rev={rev}");
        let finished = run(&sandbox, source.path().as_str(), &[&rev]);
        finished.expect(2).caused_by("usage").says(&["names no commit"]);
    }
}

#[test]
fn a_repository_that_lost_a_part_cannot_be_cloned() {
    let sandbox = Sandbox::new();
    let source = tiny(&sandbox, &passing(), &[]);
    let blob = source.git(&["rev-parse", "HEAD:README.md"]);
    let (folder, file) = blob.split_at(2);
    fs::remove_file(source.path().join(".git/objects").join(folder).join(file)).unwrap();
    let finished = run(&sandbox, source.path().as_str(), &[]).expect(1).caused_by("clone-failed");
    finished.says(&["git", "README.md"]);
}
