//! A server that some clients would not get along with. `odd-server ODDITY,ODDITY…` speaks over its input and
//! output, and has the one tool `add`, which adds `a` and `b`:
//!
//! - `version`: answers `initialize` with a version that nobody knows;
//! - `text-ids`: its answers have the id of the request as text;
//! - `twice`, `names`: lists a tool more than once, or under names that models do not take;
//! - `array-schema`, `no-schema`: has a tool whose input schema is a list, or that has none;
//! - `breaks-schema`, `no-structure`: its results break the schema that `add` promises, or have none of it;
//! - `one-sided`: its results have their sum in no text, and a link;
//! - `long`: has a tool with a description of 5,000 characters;
//! - `prints`, `prints-json`: a call prints a line that is no message;
//! - `lives-on`, `ignores-term`: goes on when its input has ended, and when it gets TERM.

use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use serde_json::{Value, json};
use signal_hook::consts::SIGTERM;

fn main() -> Result<()> {
    let oddities = std::env::args().nth(1).unwrap_or_default();
    let oddities: Vec<&str> = oddities.split(',').collect();
    let is = |oddity: &str| oddities.contains(&oddity);
    if is("ignores-term") {
        signal_hook::flag::register(SIGTERM, Arc::default())?;
    }
    for line in stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        let Some(result) = answer(&message, &is) else { continue };
        let id =
            if is("text-ids") { message["id"].to_string().into() } else { message["id"].clone() };
        writeln!(stdout(), "{}", json!({"jsonrpc": "2.0", "id": id, "result": result}))?;
    }
    while is("lives-on") || is("ignores-term") {
        thread::park();
    }
    Ok(())
}

/// None for a message that wants no answer.
fn answer(message: &Value, is: &dyn Fn(&str) -> bool) -> Option<Value> {
    message.get("id")?;
    Some(match message["method"].as_str()? {
        "initialize" => json!({
            "protocolVersion": if is("version") { "1999-01-01" } else { "2025-06-18" },
            "capabilities": {"tools": {}}, "serverInfo": {"name": "odd", "version": "1"}}),
        "tools/list" => json!({"tools": tools(is)}),
        "tools/call" => call(&message["params"]["arguments"], is),
        _ => json!({}),
    })
}

fn tools(is: &dyn Fn(&str) -> bool) -> Vec<Value> {
    let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
    let mut add = tool("add");
    if is("breaks-schema") || is("no-structure") {
        add["outputSchema"] = json!({"type": "object", "required": ["sum"],
            "properties": {"sum": {"type": "integer"}}, "additionalProperties": false});
    }
    let mut tools = vec![add];
    if is("twice") {
        tools.extend([tool("again"), tool("again"), tool("again")]);
    }
    if is("names") {
        tools.extend([tool("my tool!"), tool(&"a".repeat(90))]);
    }
    if is("array-schema") {
        tools.push(json!({"name": "list", "inputSchema": {"type": "array"}}));
    }
    if is("long") {
        let description = "d".repeat(5_000);
        let schema = json!({"type": "object"});
        tools.push(json!({"name": "long", "description": description, "inputSchema": schema}));
    }
    if is("no-schema") {
        tools.push(json!({"name": "bare"}));
    }
    tools
}

fn call(arguments: &Value, is: &dyn Fn(&str) -> bool) -> Value {
    if is("prints") {
        let _ = writeln!(stdout(), "adding two numbers");
    }
    if is("prints-json") {
        let _ = writeln!(stdout(), "{}", json!({"level": "info", "msg": "adding"}));
    }
    let number = |key: &str| arguments[key].as_i64().unwrap_or_default();
    let sum = number("a") + number("b");
    let mut result = json!({"content": [{"type": "text", "text": sum.to_string()}]});
    if is("breaks-schema") {
        result["structuredContent"] = json!({"total": sum});
    }
    if is("one-sided") {
        let link = json!({"type": "resource_link", "uri": "sum:5", "name": "sum"});
        result = json!({"content": [link], "structuredContent": {"sum": sum}});
    }
    result
}
