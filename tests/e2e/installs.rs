//! The packages of `cargo xtask dist`, installed as docs/install.md says, and used where nothing of this
//! repository is.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use smoke_tests::binaries::{binaries, program, root};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Pushing, Repository, Sandbox, python, skipped, wait};

/// Makes them of programs that are built quickly.
fn packages(sandbox: &Sandbox) -> Utf8PathBuf {
    let out = sandbox.path().join("dist");
    let mut dist = Command::new(binaries().xtask.as_str());
    dist.args(["dist", "--cargo-profile", "dev", "--out", out.as_str()]).current_dir(root());
    let made = dist.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    out
}

/// The command of the document's section for this way of installing.
fn documented(section: &str) -> String {
    let text = fs::read_to_string(root().join("docs/install.md")).unwrap();
    let (_, rest) = text.split_once(&format!("\n## {section}\n")).unwrap();
    let (command, _) = rest.split_once("```sh\n").unwrap().1.split_once("\n```").unwrap();
    command.to_owned()
}

/// Runs a line of shell in the folder of the packages.
fn shell(sandbox: &Sandbox, line: &str, out: &Utf8Path) -> Finished {
    let mut command = sandbox.command("sh");
    command.args(["-ec", line]);
    sandbox.run_in(command, out).expect(0)
}

/// Whoever uses the program has no cargo: the folders of PATH with one are left out.
fn without_cargo() -> String {
    let path = std::env::var("PATH").unwrap();
    let has_none = |folder: &&str| !Utf8Path::new(folder).join("cargo").exists();
    path.split(':').filter(has_none).collect::<Vec<_>>().join(":")
}

/// A server behind the program's own gateway, in a repository that has never seen this one.
fn serves(sandbox: &Sandbox, installed: &str, out: &Utf8Path) {
    let version = shell(sandbox, &format!("{installed} --version"), out);
    assert!(version.stdout.starts_with("clone-smoke 0.1.0 ("), "{}", version.stdout);
    let command = json!([program("small-gateway"), "stdio", "say"]);
    let profile = format!("[[server]]\nname = \"a\"\ncommand = {command}\n{TALK}");
    let source = tiny(sandbox, &profile, &[]);
    let finished = shell(sandbox, &format!("{installed} --source {}", source.path()), out);
    finished.says(&["passed"]);
    let stranger = source.path();
    let push = format!(
        "cd {stranger} && {installed} hook install && git init --quiet --bare {out}/remote && \
         git push {out}/remote HEAD:main && rm -rf {out}/remote"
    );
    shell(sandbox, &push, out).says(&["pre-push", "passed"]);
    fs::remove_dir_all(stranger).unwrap();
}

/// The real pre-commit takes its hook from a repository that has our definition of it.
fn pre_commit_calls_it(sandbox: &mut Sandbox, installed: &Utf8Path) {
    let programs = match python::install("pre-commit") {
        Ok(programs) => programs,
        Err(why) => return skipped(&why),
    };
    sandbox.set("PRE_COMMIT_HOME", sandbox.path().join("pre-commit"));
    sandbox.set("PATH", format!("{installed}:{programs}:{}", without_cargo()));
    let definition = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let files = [(".pre-commit-hooks.yaml", definition.as_str())];
    let hooks = Repository::create(sandbox, "hooks", &files);
    let config = format!(
        "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: clone-smoke\n",
        hooks.path(),
        hooks.git(&["rev-parse", "HEAD"])
    );
    let profile = format!("{}{TALK}", small(&["say"]));
    let pushing =
        Pushing::new(sandbox, tiny(sandbox, &profile, &[(".pre-commit-config.yaml", &config)]));
    let line = "pre-commit install --hook-type pre-push";
    shell(sandbox, line, pushing.source.path());
    pushing.push(&["origin", "main"]).expect(0);
    pushing.source.write("smoke.toml", &profile.replace("text = \"hello\"", "text = \"bye\""));
    pushing.source.commit("broken");
    let refused = pushing.push(&["origin", "main"]).expect(1);
    assert!(refused.shown().contains("FAILED at stage-talk"), "{}", refused.shown());
    fs::remove_dir_all(pushing.source.path()).unwrap();
}

#[test]
fn each_way_brings_a_program_that_needs_nothing_of_this_repository() {
    let mut sandbox = Sandbox::new();
    sandbox.allow(8 * wait::BOUND);
    let out = packages(&sandbox);
    sandbox.set("PATH", without_cargo());
    sandbox.set("npm_config_cache", sandbox.path().join("npm"));
    sandbox.set("npm_config_update_notifier", "false");
    shell(&sandbox, "sha256sum --check SHA256SUMS", &out);

    let archive = documented("From the archive");
    shell(&sandbox, &archive, &out);
    let unpacked = out.read_dir_utf8().unwrap().flatten();
    let unpacked = unpacked.map(|entry| entry.into_path()).find(|path| path.is_dir()).unwrap();
    for paper in ["THIRD-PARTY-LICENSES.md", "LICENSE-MIT", "clone-smoke.cdx.json"] {
        assert!(unpacked.join(paper).is_file(), "{paper}");
    }
    serves(&sandbox, unpacked.join("clone-smoke").as_str(), &out);

    // There is no registry in a test, and none is needed.
    let wheel = documented("With Python").replace("pip install", "pip install --no-index");
    shell(&sandbox, &wheel, &out);
    serves(&sandbox, out.join(".venv/bin/clone-smoke").as_str(), &out);

    pre_commit_calls_it(&mut sandbox, &out.join(".venv/bin"));

    let node = out.join("node");
    fs::create_dir(&node).unwrap();
    let npm = documented("With Node").replace("npm install ./", "npm install --offline ../");
    shell(&sandbox, &format!("cd {node} && {npm}"), &out);
    serves(&sandbox, node.join("node_modules/.bin/clone-smoke").as_str(), &out);
}
