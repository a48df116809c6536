//! What is said of a machine before a run, and that a run says the same.

use std::fs;
use std::os::unix::fs::symlink;

use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Repository, Sandbox, executable};

/// A folder for PATH that has git, a shell and what else is named, and nothing more.
fn poor(sandbox: &mut Sandbox, scripts: &[(&str, &str)]) {
    let folder = sandbox.path().join("bin");
    fs::create_dir(&folder).unwrap();
    let path = std::env::var("PATH").unwrap();
    for name in ["git", "sh", "sleep"] {
        let file = path.split(':').map(|at| Utf8PathBuf::from(at).join(name));
        symlink(file.into_iter().find(|file| file.exists()).unwrap(), folder.join(name)).unwrap();
    }
    for (name, text) in scripts {
        executable(&folder.join(name), text);
    }
    sandbox.set("PATH", folder.as_str());
}

fn doctor(sandbox: &Sandbox, more: &[&str]) -> Finished {
    let source = sandbox.path().join("src");
    let fixed = ["doctor", "--format", "json", "--source", source.as_str()];
    sandbox.xtask(&[&fixed, more].concat())
}

fn finding<'a>(json: &'a Value, name: &str) -> &'a Value {
    let all = json["findings"].as_array().unwrap();
    all.iter()
        .find(|finding| finding["name"] == name)
        .unwrap_or_else(|| panic!("no {name}: {json:#}"))
}

#[test]
fn a_machine_that_has_everything_is_ready() {
    let mut sandbox = Sandbox::new();
    poor(&mut sandbox, &[]);
    tiny(&sandbox, &format!("{}{TALK}", small(&["say"])), &[]);
    let found = doctor(&sandbox, &[]).expect(0);
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&json["ready"], &json["schema"]), (&true.into(), &1.into()));
    assert_eq!(finding(&json, "git")["needed_by"][0], "clone");
    // What this profile does not need does no harm.
    assert_eq!(finding(&json, "go")["status"], "unneeded");
    let source = sandbox.path().join("src");
    let shown = sandbox.xtask(&["doctor", "--source", source.as_str()]).expect(0);
    assert!(shown.stdout.contains("nothing that it needs is missing"), "{}", shown.stdout);
}

#[test]
fn an_ecosystem_file_may_be_all_that_knows_the_gateway() {
    let mut sandbox = Sandbox::new();
    poor(&mut sandbox, &[]);
    let profile = "name = \"tiny\"\n[gateway]\nserver = \"stack\"\n\
                   [pm2]\necosystem = \"ecosystem.config.js\"\n";
    tiny(&sandbox, profile, &[("ecosystem.config.js", "module.exports = { apps: [] };\n")]);
    let found = doctor(&sandbox, &["--supervisor", "pm2"]).expect(4);
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(finding(&json, "pm2")["status"], "missing");
}

#[test]
fn what_a_run_would_fail_for_is_said_before_in_the_same_words() {
    let mut sandbox = Sandbox::new();
    let hangs = "#!/bin/sh\nsleep 600\n";
    let scripts =
        [("node", hangs), ("npm", "#!/usr/bin/env no-node\n"), ("go", "#!/bin/sh\nexit 3\n")];
    poor(&mut sandbox, &scripts);
    let profile = format!(
        "{}{TALK}[[setup]]\nname = \"a\"\ncommand = [\"node\", \"a.js\"]\n\
         [[setup]]\nname = \"b\"\ncommand = [\"npm\", \"ci\"]\n\
         [[check]]\nname = \"c\"\ncommand = [\"frobnicate\"]\n[gateway.build]\n\
         command = [\"go\", \"build\"]\noutput = \"x\"\n",
        small(&["say"])
    );
    tiny(&sandbox, &profile, &[]);
    let found = doctor(&sandbox, &["--supervisor", "pm2", "--agent", "codex"]).expect(4);
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    let missing = |name: &str, by: &str, found: &str, next: &str| {
        let finding = finding(&json, name);
        assert_eq!((&finding["status"], &finding["needed_by"][0]), (&"missing".into(), &by.into()));
        assert!(finding["found"].as_str().unwrap().contains(found), "{finding}");
        assert!(finding["next"].as_str().unwrap().contains(next), "{finding}");
    };
    missing("node", "setup-a", "--version` came to a standstill", "by hand");
    missing("npm", "setup-b", "needs `no-node`", "install no-node");
    missing("go", "build", "fails (exit status: 3)", "install it again");
    missing("frobnicate", "check-c", "there is no `frobnicate` on PATH", "put it on PATH");
    missing("pm2", "supervisor", "there is no `pm2` on PATH", "npm install --global pm2");
    missing("codex", "agent", "there is no `codex` on PATH", "--codex-cli");
    missing("codex login", "agent", "no login", "codex login");
    let source = sandbox.path().join("src");
    let run = |more: &[&str]| {
        let fixed = ["smoke", "--source", source.as_str()];
        sandbox.xtask(&[&fixed, more].concat()).expect(4)
    };
    run(&["--supervisor", "pm2"]).says(&["there is no `pm2` on PATH", "npm install --global pm2"]);
    run(&["--agent", "codex", "--model", "scripted"]).says(&["there is no `codex` on PATH"]);
}

#[test]
fn a_place_that_cannot_be_used_and_a_profile_that_cannot_be_read_are_said() {
    let mut sandbox = Sandbox::new();
    let repository = tiny(&sandbox, &small(&["say"]), &[]);
    repository.write("smoke.toml", "[gateway]\ncommand = [\"x\"]\ntolls = []\n");
    doctor(&sandbox, &[]).expect(2).says(&["smoke.toml:3:1", "did you mean `tools`?"]);
    repository.write("smoke.toml", &small(&["say"]));
    sandbox.set("TMPDIR", sandbox.path().join("nowhere").as_str());
    let found = doctor(&sandbox, &[]).expect(4);
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(finding(&json, "TMPDIR")["status"], "missing");
}

#[test]
fn a_repository_without_a_profile_is_looked_at_by_what_its_own_files_want() {
    let sandbox = Sandbox::new();
    let files = [("package.json", r#"{"engines": {"node": ">=999"}}"#), (".python-version", "3\n")];
    Repository::create(&sandbox, "src", &files);
    let found = doctor(&sandbox, &["--supervisor", "embedded"]).expect(0);
    let json: Value = serde_json::from_str(&found.stdout).unwrap();
    let engines = finding(&json, "package.json (engines)");
    assert_eq!(engines["status"], "warning", "{engines}");
    assert!(engines["found"].as_str().unwrap().contains("wants node >=999"), "{engines}");
    assert!(finding(&json, ".python-version")["found"].is_string());
    let source = sandbox.path().join("src");
    let told = sandbox.xtask(&["doctor", "--source", source.as_str()]).expect(0);
    assert!(told.stdout.contains("has no profile yet"), "{}", told.shown());
}
