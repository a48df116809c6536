//! Codex CLIs from npm, and programs that stand before them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Finished, Running, Sandbox, npm, sandbox};

/// A stage with one call, of a tool that returns what it is told.
pub const SAY: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
                       arguments = { text = \"hello\" }\nresult_contains = [\"hello\"]\n";

/// The program of this version; none, and a word about it, on a machine that cannot have it.
pub fn codex(version: &str) -> Option<Utf8PathBuf> {
    let installed = npm::install(&format!("codex-{version}"), "codex");
    installed.inspect_err(|why| smoke_tests::skipped(why)).ok()
}

/// The newest one, which is looked for once.
pub fn newest() -> Option<&'static Utf8Path> {
    static NEWEST: OnceLock<Option<Utf8PathBuf>> = OnceLock::new();
    NEWEST.get_or_init(|| codex("0.169")).as_deref()
}

/// A shell script in the sandbox.
pub fn script(sandbox: &Sandbox, text: &str) -> Utf8PathBuf {
    let path = sandbox.path().join("wrapped-codex");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

/// Starts a run of a small gateway with these `tools` and `stages`.
pub fn start(
    sandbox: &Sandbox,
    codex: &Utf8Path,
    tools: &[&str],
    stages: &str,
    more: &[&str],
) -> Running {
    let source = tiny(sandbox, &format!("{}{stages}", small(tools)), &[]);
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    let agent = ["--agent", "codex", "--codex-cli", codex.as_str()];
    sandbox.start(&[&fixed[..], &agent, more].concat())
}

/// The same with the scripted model, to its end.
pub fn run(sandbox: &Sandbox, codex: &Utf8Path, tools: &[&str], stages: &str) -> Finished {
    start(sandbox, codex, tools, stages, &["--model", "scripted"]).finish()
}
