//! Tiny stacks: a repository of two files whose gateway starts in a moment.

use serde_json::{Value, json};

use crate::binaries::{binaries, program};
use crate::{Repository, Sandbox};

/// A stage that any tiny stack passes.
pub const TALK: &str = r#"
[[stage]]
name = "talk"
tools_present = ["say"]
[[stage.call]]
tool = "say"
arguments = { text = "hello" }
result_contains = ["hello"]
"#;

/// A repository whose profile is `profile`.
pub fn tiny<'a>(sandbox: &'a Sandbox, profile: &str, files: &[(&str, &str)]) -> Repository<'a> {
    let all = [&[("README.md", "# Tiny\n"), ("smoke.toml", profile)], files].concat();
    Repository::create(sandbox, "src", &all)
}

/// A profile whose gateway is the small one of this package, with these tools of it.
pub fn small(tools: &[&str]) -> String {
    let program = program("small-gateway");
    gateway(&[program.as_str(), "{{PROXY_PORT}}", &tools.join(",")], tools)
}

/// A profile whose gateway is `command` and should list `tools`. More tables can follow.
pub fn gateway(command: &[&str], tools: &[&str]) -> String {
    // A JSON list of strings is also one of TOML.
    format!(
        "name = \"tiny\"\n[gateway]\nserver = \"stack\"\ncommand = {}\ntools = {}\n",
        json!(command),
        json!(tools)
    )
}

/// A profile whose gateway is a program of this package that is given the port.
pub fn misbehaving(name: &str, arguments: &[&str]) -> String {
    let program = program(name);
    gateway(&[&[program.as_str(), "{{PROXY_PORT}}"], arguments].concat(), &["say"])
}

/// A repository whose gateway is the embedded stack's own, already built, with its clock.
pub fn stack_with_a_clock<'a>(sandbox: &'a Sandbox, stages: &str) -> Repository<'a> {
    stack_with_a_clock_and(sandbox, &json!({}), stages)
}

/// The same with more servers in the gateway's config.
pub fn stack_with_a_clock_and<'a>(
    sandbox: &'a Sandbox,
    servers: &Value,
    stages: &str,
) -> Repository<'a> {
    let stack = binaries().stack.as_str();
    let command = "[\"{{STACK_BIN}}\", \"gateway\", \"--config\", \"{{PROXY_CONFIG}}\", \"--call-log\", \"{{SMOKE_CALL_LOG}}\"]";
    let profile = format!(
        "name = \"tiny\"\n[env]\nSTACK_BIN = {}\n[render]\ntemplate = \"proxy.json\"\n\
         [gateway]\nserver = \"stack\"\ncommand = {command}\ncall_log = \"{{{{SMOKE_CALL_LOG}}}}\"\n\
         tools = [\"clock_now\"]\n{stages}",
        json!(stack)
    );
    let clock = json!({"type": "stdio", "command": "{{STACK_BIN}}", "args": ["serve", "clock"]});
    let mut all = servers.clone();
    all["clock"] = clock;
    let template = json!({
        "mcpProxy": {"addr": ":{{PROXY_PORT}}", "name": "tiny", "type": "streamable-http"},
        "mcpServers": all,
    });
    tiny(sandbox, &profile, &[("proxy.json", &template.to_string())])
}
