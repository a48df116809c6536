//! A gateway that starts in a moment. `small-gateway PORT TOOL,TOOL…` lists these tools of its:
//! `say` returns its text, `fail` reports an error, `hang` never answers, `env` returns the
//! variable that it names, `big` returns a million characters, those that begin with `dup` their own
//! names, `structure` answers with structured content alone, `bad-schema` has a schema whose top is no
//! object, `write` makes a file at its path below the folder it runs in, `exit` ends it with some last
//! words.
//!
//! `small-gateway stdio TOOL,TOOL…` does the same over its input and output. Over HTTP, `SMALL_HOST`
//! is the address to bind, `SMALL_PATH` the only path it answers at, and `SMALL_TOKEN` the bearer
//! token that it wants to see. With `SMALL_STATELESS` it speaks the stateless version only. With
//! `SMALL_SLOW` it takes so many milliseconds to open a session and to list its tools, and says each
//! time that it was asked to. With `SMALL_SESSIONS=one` it serves one session and then nobody, and with
//! `SMALL_SESSIONS=lost` every other session is one that it does not know afterwards, as with two workers. With
//! `SMALL_ALONE` it lists no tool to requests that overlap, and its last one only some seconds after the first list.

use std::fs;
use std::io::{BufRead, Write, stderr, stdin, stdout};
use std::net::TcpListener;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use smoke_tests::http::{Request, serve};

/// The version that is spoken with `SMALL_STATELESS`.
const STATELESS: &str = "2026-07-28";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, tools] = arguments.as_slice() else { anyhow::bail!("PORT TOOL,TOOL…") };
    let tools: Vec<String> = tools.split(',').map(str::to_owned).collect();
    if port == "stdio" {
        return talk(&tools);
    }
    let port: u16 = port.parse().context("read the port")?;
    let host = std::env::var("SMALL_HOST").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let listener = TcpListener::bind((host.as_str(), port)).context("bind the port")?;
    serve(&listener, move |request| answer(request, &tools));
    Ok(())
}

fn talk(tools: &[String]) -> Result<()> {
    let is_stateless = std::env::var_os("SMALL_STATELESS").is_some();
    for line in stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line?)?;
        let reply = match is_stateless {
            true => Some(stateless(&message, tools)).filter(|_| !message["id"].is_null()),
            false => reply(&message, tools),
        };
        if let Some(reply) = reply {
            writeln!(stdout(), "{reply}")?;
        }
    }
    Ok(())
}

fn answer(request: &Request, tools: &[String]) -> (u16, String, String) {
    let wanted = |key: &str| std::env::var(key).ok();
    if wanted("SMALL_PATH").is_some_and(|path| path != request.path) {
        return (404, String::new(), "no such route".to_owned());
    }
    let token = wanted("SMALL_TOKEN").map(|token| format!("Bearer {token}"));
    if token.is_some_and(|token| request.header("authorization") != Some(&token)) {
        return (401, String::new(), "no token, or a wrong one".to_owned());
    }
    if request.method == "GET" {
        // There is no stream of events to listen to.
        return (405, "allow: POST, DELETE\r\n".to_owned(), String::new());
    }
    let message: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if wanted("SMALL_STATELESS").is_some() {
        let (status, reply) = stateless_over_http(request, &message, tools);
        return (status, "content-type: application/json\r\n".to_owned(), reply.to_string());
    }
    let overlapped = waits(message["method"].as_str().unwrap_or_default());
    if wanted("SMALL_SESSIONS").is_some_and(|which| refuses(&which, request, &message)) {
        let error = json!({"code": -32001, "message": "Session not found"});
        let body = json!({"jsonrpc": "2.0", "id": null, "error": error}).to_string();
        return (404, "content-type: application/json\r\n".to_owned(), body);
    }
    let tools = if wanted("SMALL_ALONE").is_some() { alone(tools, overlapped) } else { tools };
    let Some(reply) = reply(&message, tools) else { return (202, String::new(), String::new()) };
    let headers = "content-type: application/json\r\nmcp-session-id: one\r\n";
    (200, headers.to_owned(), reply.to_string())
}

/// Whether a request is one of a session that is not known, or of the second one where there is one only.
fn refuses(which: &str, request: &Request, message: &Value) -> bool {
    static OPENED: AtomicUsize = AtomicUsize::new(0);
    let opens = message["method"] == "initialize";
    let opened = OPENED.fetch_add(usize::from(opens), Ordering::SeqCst);
    match which {
        "one" => opens && opened > 0,
        _ => !opens && request.method == "POST" && opened.is_multiple_of(2),
    }
}

/// What is listed where only a request alone gets a list.
fn alone(tools: &[String], overlapped: bool) -> &[String] {
    const LATE: Duration = Duration::from_secs(3);
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let is_late = FIRST.get_or_init(Instant::now).elapsed() >= LATE;
    match (overlapped, is_late) {
        (true, _) => &[],
        (false, true) => tools,
        (false, false) => &tools[..tools.len() - 1],
    }
}

/// Waits, and says whether another one did so at the same time.
fn waits(method: &str) -> bool {
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    let begun = BEGUN.fetch_add(1, Ordering::SeqCst);
    let others = begun > ENDED.load(Ordering::SeqCst);
    wait(method);
    ENDED.fetch_add(1, Ordering::SeqCst);
    others || BEGUN.load(Ordering::SeqCst) > begun + 1
}

fn wait(method: &str) {
    let slow = std::env::var("SMALL_SLOW").ok().and_then(|ms| ms.parse().ok());
    if let Some(ms) = slow.filter(|_| matches!(method, "initialize" | "tools/list")) {
        // Nobody needs to read it.
        let _ = writeln!(stderr(), "asked: {method}");
        thread::sleep(Duration::from_millis(ms));
    }
}

/// As the version of 2026-07-28 wants it over HTTP: headers repeat what every request says.
fn stateless_over_http(request: &Request, message: &Value, tools: &[String]) -> (u16, Value) {
    let method = message["method"].as_str();
    match request.header("mcp-protocol-version") {
        Some(STATELESS) if request.method == "POST" => {}
        _ => return (400, refusal(message, -32022)),
    }
    if request.header("mcp-method") != method {
        return (400, refusal(message, -32020));
    }
    let reply = stateless(message, tools);
    let status = match reply["error"]["code"].as_i64() {
        None => 200,
        Some(-32601) => 404,
        Some(_) => 400,
    };
    (status, reply)
}

/// No session, and every request says what it is.
fn stateless(message: &Value, tools: &[String]) -> Value {
    let version = &message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
    if version != STATELESS {
        return refusal(message, -32022);
    }
    match message["method"].as_str() {
        Some("server/discover") => {
            let result = json!({"resultType": "complete", "supportedVersions": [STATELESS],
                "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private",
                "serverInfo": {"name": "small", "version": "1"}});
            json!({"jsonrpc": "2.0", "id": message["id"], "result": result})
        }
        Some("tools/list" | "tools/call") => {
            let mut reply = reply(message, tools).unwrap_or_default();
            reply["result"]["resultType"] = json!("complete");
            reply
        }
        _ => refusal(message, -32601),
    }
}

fn refusal(message: &Value, code: i64) -> Value {
    let error = json!({"code": code, "message": "only 2026-07-28 is spoken here"});
    json!({"jsonrpc": "2.0", "id": message["id"], "error": error})
}

/// None for a message that wants no reply.
fn reply(message: &Value, tools: &[String]) -> Option<Value> {
    if message["id"].is_null() {
        return None;
    }
    let outcome = match message["method"].as_str() {
        Some("initialize") => json!({"result": {
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "small", "version": "1"}}}),
        Some("tools/list") => {
            json!({"result": {"tools": tools.iter().map(listed).collect::<Vec<_>>()}})
        }
        Some("tools/call") => json!({"result": call(&message["params"])}),
        _ => json!({"error": {"code": -32601, "message": "unknown method"}}),
    };
    let mut reply = json!({"jsonrpc": "2.0", "id": message["id"]});
    if let (Value::Object(reply), Value::Object(outcome)) = (&mut reply, outcome) {
        reply.extend(outcome);
    }
    Some(reply)
}

fn listed(name: &String) -> Value {
    let top = if name == "bad-schema" { "string" } else { "object" };
    json!({"name": name, "description": format!("This is {name}."), "inputSchema": {"type": top}})
}

fn call(params: &Value) -> Value {
    if params["name"] == "structure" {
        return json!({"content": [], "structuredContent": {"only": "in the structure"}});
    }
    let argument = |key: &str| params["arguments"][key].as_str().unwrap_or_default().to_owned();
    let (text, failed) = match params["name"].as_str() {
        Some("say") => (argument("text"), false),
        Some("write") => match fs::write(argument("path"), "written by a tool\n") {
            Ok(()) => ("written".to_owned(), false),
            Err(error) => (error.to_string(), true),
        },
        Some("env") => (std::env::var(argument("name")).unwrap_or_default(), false),
        Some("big") => (format!("{}end", "x".repeat(1_000_000)), false),
        Some(name) if name.starts_with("dup") => (name.to_owned(), false),
        Some("exit") => {
            let _ = writeln!(stderr(), "no database any more");
            std::process::exit(7)
        }
        Some("hang") => loop {
            thread::park();
        },
        _ => ("this tool always fails".to_owned(), true),
    };
    json!({"content": [{"type": "text", "text": text}], "isError": failed})
}
