//! A gateway that can answer from a moment on, which it writes down. The bench `ready-lag` has it
//! started in place of a stack's.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use serde_json::{Value, json};
use smoke_agents::model::http::{self, Request};
use smoke_core::threads;

/// The tool that it lists.
pub const TOOL: &str = "late";

/// Arguments of `late-gateway`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The port to serve at
    pub port: u16,
    /// What it does until that moment
    #[arg(value_enum)]
    pub until: Until,
    /// The file that says after how many milliseconds the moment is; it is written to FILE.moment, in
    /// microseconds since 1970
    #[arg(value_name = "FILE")]
    pub plan: Utf8PathBuf,
}

/// What a gateway does until it can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Until {
    /// It does not listen.
    Closed,
    /// It says that it cannot answer.
    Unavailable,
    /// It lists no tool.
    Empty,
}

/// Serves until it is ended.
///
/// # Errors
/// It cannot have the port, or the plan cannot be read.
pub fn serve(args: &Args) -> Result<u8> {
    let plan = fs::read_to_string(&args.plan).with_context(|| format!("read {}", args.plan))?;
    let delay = Duration::from_millis(plan.trim().parse().context("read the plan")?);
    let bind = || TcpListener::bind(("127.0.0.1", args.port)).context("listen");
    let (listener, moment) = match args.until {
        Until::Closed => {
            thread::sleep(delay);
            (bind()?, SystemTime::now())
        }
        _ => (bind()?, SystemTime::now() + delay),
    };
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).context("tell the time")?;
    let note = format!("{}.moment", args.plan);
    fs::write(&note, since.as_micros().to_string()).with_context(|| format!("write {note}"))?;
    let from = match args.until {
        Until::Closed => Instant::now(),
        _ => Instant::now() + moment.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    for stream in listener.incoming() {
        let (stream, until) = (stream.context("accept")?, args.until);
        threads::start(move || drop(answer(stream, until, from)))?;
    }
    Ok(0)
}

fn answer(mut stream: TcpStream, until: Until, from: Instant) -> io::Result<()> {
    let request = http::read(&mut stream)?;
    let can = Instant::now() >= from;
    if until == Until::Unavailable && !can {
        return http::refuse(&mut stream, "503 Service Unavailable", "not yet");
    }
    let Some(result) = result(&request, can) else {
        return http::refuse(&mut stream, "202 Accepted", "");
    };
    let body = result.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// What a question gets; none for a message that wants no answer.
fn result(request: &Request, can: bool) -> Option<Value> {
    let message: Value = serde_json::from_slice(&request.body).ok()?;
    let tool = json!({"name": TOOL, "inputSchema": {"type": "object"}});
    let result = match message["method"].as_str()? {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "late", "version": "1"},
        }),
        "tools/list" => json!({"tools": if can { vec![tool] } else { Vec::new() }}),
        _ => return None,
    };
    Some(json!({"jsonrpc": "2.0", "id": message["id"], "result": result}))
}
