//! Runs with a Codex CLI, and programs that stand before it.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_tests::tiny::{small, tiny};
use smoke_tests::{Finished, Running, Sandbox, executable, sandbox};

pub use smoke_tests::codex::{codex, newest};

/// A stage with one call, of a tool that returns what it is told.
pub const SAY: &str = "[[stage]]\nname = \"try\"\n[[stage.call]]\ntool = \"say\"\n\
                       arguments = { text = \"hello\" }\nresult_contains = [\"hello\"]\n";

/// A shell script in the sandbox, whose path has a space.
pub fn script(sandbox: &Sandbox, text: &str) -> Utf8PathBuf {
    let path = sandbox.path().join("wrapped codex");
    executable(&path, &format!("#!/bin/sh\n{text}\n"));
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
    start_profile(sandbox, codex, &format!("{}{stages}", small(tools)), more)
}

/// Starts a run of a tiny stack with this profile.
pub fn start_profile(sandbox: &Sandbox, codex: &Utf8Path, profile: &str, more: &[&str]) -> Running {
    let source = tiny(sandbox, profile, &[]);
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    let agent = ["--agent", "codex", "--codex-cli", codex.as_str()];
    sandbox.start(&[&fixed[..], &agent, more].concat())
}

/// The same with the scripted model, to its end.
pub fn run_profile(sandbox: &Sandbox, codex: &Utf8Path, profile: &str) -> Finished {
    start_profile(sandbox, codex, profile, &["--model", "scripted"]).finish()
}

/// A run of a small gateway with the scripted model, to its end.
pub fn run(sandbox: &Sandbox, codex: &Utf8Path, tools: &[&str], stages: &str) -> Finished {
    start(sandbox, codex, tools, stages, &["--model", "scripted"]).finish()
}
