//! The stand-in for a Codex CLI that misbehaves. It answers what a run asks a Codex CLI, then does one
//! thing wrong.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use smoke_agents::transcript::{Outcome, Writer};
use smoke_core::stop::Stop;
use smoke_mcp::Client;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_record::screen;
use toml_edit::Document;

/// How long the gateway and the model may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does what a codex that misbehaves in this `way` does with its arguments.
///
/// # Errors
/// There is no such way, or the arguments are not those of a run.
pub fn play(way: &str, arguments: &[String]) -> Result<u8> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--version"] => screen::print("codex-cli 0.0.0\n"),
        ["exec", "--help"] => screen::print("Options:\n  --json\n  -m, --model <MODEL>\n"),
        ["features", ..] => return Ok(1),
        ["exec", ..] => return session(way, arguments),
        _ => bail!("codex is not called like this"),
    }
    Ok(0)
}

fn session(way: &str, arguments: &[String]) -> Result<u8> {
    match way {
        "agent-hangs" => hang(),
        "agent-no-calls" | "agent-leftover" => only_talk(),
        "agent-flag-rejected" => {
            screen::say("error: unexpected argument '--json' found");
            Ok(2)
        }
        "agent-no-login" => lack_a_login(),
        "agent-garbage" => scatter_garbage(arguments),
        "agent-call-refused" => refuse(arguments),
        "agent-tool-not-offered" => offer_nothing(arguments),
        way => bail!("no agent misbehaves as `{way}`"),
    }
}

/// Says again and again that it tries again, and heeds no signal.
fn hang() -> Result<u8> {
    smoke_core::signals::install(&Stop::default())?;
    line(&json!({"type": "thread.started", "thread_id": "stand-in"}));
    loop {
        line(&json!({"type": "error", "message": "Reconnecting... 1/5"}));
        thread::sleep(Duration::from_millis(200));
    }
}

fn only_talk() -> Result<u8> {
    let mut writer = Writer::start(std::io::stdout(), "stand-in")?;
    writer.message("I have done all of it")?;
    writer.complete_turn(&json!({"input_tokens": 1, "output_tokens": 1}))?;
    Ok(0)
}

fn lack_a_login() -> Result<u8> {
    let writer = Writer::start(std::io::stdout(), "stand-in")?;
    writer.fail_turn("unexpected status 401 Unauthorized: Missing bearer authentication")?;
    Ok(1)
}

/// Makes all calls but the last, with garbage between the lines.
fn scatter_garbage(arguments: &[String]) -> Result<u8> {
    let calls = calls(arguments)?;
    let (server, url) = server(arguments)?;
    let endpoint = Endpoint::Http { url, headers: Vec::new() };
    let connected = endpoint::connect(&endpoint, PATIENCE, &Stop::default());
    let mut client = connected.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
    let mut writer = Writer::start(std::io::stdout(), "stand-in")?;
    for (tool, wanted) in calls.iter().take(calls.len().saturating_sub(1)) {
        let open = writer.begin_call(&server, tool, wanted)?;
        screen::print("WARN \u{1b}[33mthis is no event\u{1b}[0m {\"type\":\n\u{0}\u{fffd}\n");
        writer.end_call(open, outcome(&mut client, tool, wanted))?;
    }
    client.close();
    writer.complete_turn(&json!({"input_tokens": 1}))?;
    Ok(0)
}

fn outcome(client: &mut Client, tool: &str, arguments: &Value) -> Outcome {
    match client.call_tool(tool, arguments, PATIENCE) {
        Ok(result) => Outcome::Completed(result.to_transcript()),
        Err(refusal) => Outcome::Error(refusal.to_string()),
    }
}

fn refuse(arguments: &[String]) -> Result<u8> {
    const WHY: &str = "MCP tool call requires approval, but approval policy is never";
    let (server, _) = server(arguments)?;
    let mut writer = Writer::start(std::io::stdout(), "stand-in")?;
    for (tool, wanted) in calls(arguments)? {
        let open = writer.begin_call(&server, &tool, &wanted)?;
        writer.end_call(open, Outcome::Error(WHY.into()))?;
    }
    writer.complete_turn(&json!({"input_tokens": 1}))?;
    Ok(0)
}

/// Asks its model with a shell as the only tool.
fn offer_nothing(arguments: &[String]) -> Result<u8> {
    let provider = setting(arguments, "model_providers")?;
    let base_url = provider["clone-smoke"]["base_url"].as_str().context("no base_url")?;
    let body = json!({"tools": [{"type": "function", "name": "shell"}], "input": []});
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build(),
    );
    agent.post(format!("{base_url}/responses")).send(body.to_string())?;
    only_talk()
}

fn line(event: &Value) {
    screen::print(&format!("{event}\n"));
}

/// The calls that the prompt asks for, a numbered line for each.
fn calls(arguments: &[String]) -> Result<Vec<(String, Value)>> {
    let prompt = arguments.last().context("there is no prompt")?;
    let numbered = |line: &str| {
        let (_, call) = line.split_once(". `")?;
        let (tool, arguments) = call.split_once("` with ")?;
        Some((tool.to_owned(), serde_json::from_str(arguments).ok()?))
    };
    Ok(prompt.lines().filter_map(numbered).collect())
}

/// The name and the address of the stack, as codex is told them.
fn server(arguments: &[String]) -> Result<(String, String)> {
    let servers = setting(arguments, "mcp_servers")?;
    let servers = servers.as_object().into_iter().flatten();
    let found = servers.filter_map(|(name, server)| Some((name, server["url"].as_str()?))).next();
    found.map(|(name, url)| (name.clone(), url.to_owned())).context("there is no server")
}

/// The value of `key`, which is given as `KEY.NAME={ … }`, by its name.
fn setting(arguments: &[String], key: &str) -> Result<Value> {
    let prefix = format!("{key}.");
    let given = arguments.iter().find(|argument| argument.starts_with(&prefix));
    let (name, value) = given
        .and_then(|given| given[prefix.len()..].split_once('='))
        .with_context(|| format!("no {key}"))?;
    let text = format!("value = {value}");
    let document = Document::parse(text.as_str())?;
    let table = document["value"].as_inline_table().context("it is no table")?;
    let texts =
        table.iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.into())));
    Ok(json!({name: Value::Object(texts.collect())}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_run_tells_a_codex() {
        let arguments = [
            "exec",
            "-c",
            "mcp_servers.stack={ url = \"http://h/mcp\", required = true }",
            "--",
            "Make these calls:\n1. `say` with {\"text\":\"a. `b`\"}\nThen stop.",
        ];
        let arguments = arguments.map(str::to_owned);
        assert_eq!(server(&arguments).unwrap(), ("stack".into(), "http://h/mcp".into()));
        assert_eq!(calls(&arguments).unwrap(), [("say".to_owned(), json!({"text": "a. `b`"}))]);
        assert!(setting(&arguments, "model_providers").is_err());
    }
}
