//! Runs under the real pm2, of two majors.

mod causes;
mod ends;
mod homes;
mod people;
mod runs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_tests::binaries::program;
use smoke_tests::pm2::{Major, program_of};
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Repository, Running, Sandbox, Scenario, executable, sandbox, skipped};

/// The program, or a word that the test is skipped.
fn real(major: Major) -> Option<&'static Utf8Path> {
    program_of(major).map_err(|why| skipped(&format!("no pm2: {why}"))).ok()
}

/// Plays a scenario under pm2.
fn play(sandbox: &Sandbox, major: Major, scenario: Scenario) -> Option<Finished> {
    let fixed = ["--supervisor", "pm2", "--pm2", real(major)?.as_str()];
    let arguments = [&fixed[..], scenario.arguments].concat();
    Some(Scenario { arguments: &arguments, ..scenario }.play_in(sandbox))
}

/// Plays a scenario under both majors.
fn play_both(scenario: impl Fn() -> Scenario<'static>) {
    play(&Sandbox::new(), Major::Current, scenario());
    play(&Sandbox::new(), Major::Before, scenario());
}

/// A program in front of the real pm2, which it finds in `$real`.
fn in_front(sandbox: &Sandbox, real: &Utf8Path, script: &str) -> Utf8PathBuf {
    let path = sandbox.path().join("pm2-in-front");
    executable(&path, &format!("#!/bin/sh\nreal='{real}'\n{script}\n"));
    path
}

/// A tiny stack under pm2, with more of a profile.
fn stack<'a>(sandbox: &'a Sandbox, rest: &str) -> Repository<'a> {
    tiny(sandbox, &format!("{}{rest}{TALK}", small(&["say"])), &[])
}

/// Starts a run of `source` under the pm2 at `pm2`.
fn start(sandbox: &Sandbox, source: &Repository, pm2: &Utf8Path, more: &[&str]) -> Running {
    let port = sandbox::port().to_string();
    let fixed = ["smoke", "--source", source.path().as_str(), "--port", &port];
    let under = ["--supervisor", "pm2", "--pm2", pm2.as_str()];
    sandbox.start(&[&fixed[..], &under, more].concat())
}

/// A profile whose gateway is an app of an ecosystem file. More tables can follow.
fn by_ecosystem(pm2: &str) -> String {
    format!(
        "name = \"tiny\"\nsupervisor = \"pm2\"\n[gateway]\ntools = [\"say\"]\n\
         [pm2]\necosystem = \"ecosystem.config.js\"\n{pm2}\n"
    )
}

/// An ecosystem file of these apps.
fn ecosystem(apps: &[Value]) -> String {
    // The port is known only when the file is read.
    let text = format!("module.exports = {};\n", json!({"apps": apps}));
    text.replace("\"$PROXY_PORT\"", "process.env.PROXY_PORT")
}

/// An app that serves.
fn serving(name: &str) -> Value {
    let script = program("small-gateway");
    json!({"name": name, "script": script, "args": ["$PROXY_PORT", "say"], "interpreter": "none"})
}

/// An app that is a line of shell.
fn shell(name: &str, line: &str) -> Value {
    json!({"name": name, "script": "/bin/sh", "args": ["-c", line], "interpreter": "none"})
}

/// The given keys in addition.
fn with(mut app: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    app.as_object_mut().unwrap().extend(more);
    app
}
