//! The client: one connection's state and the few things that are done with it.

mod exchange;
mod opening;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use smoke_core::finding::Finding;
use smoke_core::waited;
use ureq::http::Method;

use super::call_result::CallResult;
use super::event_stream::EventStream;
use super::http::{Deadline, Http};
use super::protocol::{Era, Spoken};
use super::refusal::Refusal;
use super::stdio::{Program, Stdio};

/// The most pages that a list of tools may have.
const PAGES: usize = 1000;

/// The longest time that ending a session may take: nothing depends on it.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// The longest time that opening the oldest transport's stream may take. A gateway that refused a
/// POST seldom has one, and what it said at first must not wait for long.
const STREAM_LIMIT: Duration = Duration::from_secs(2);

/// What the request is called that opens a session.
const INITIALIZE: &str = "initialize";

/// How to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bound for connecting as a whole, and for listing the tools as a whole.
    pub timeout: Duration,
    /// Headers for each request, such as a bearer token.
    pub headers: Vec<(String, String)>,
    /// The name that the client gives itself.
    pub client_name: String,
}

/// A connection to a gateway that has answered.
pub struct Client {
    http: Http,
    url: String,
    options: Options,
    era: Era,
    version: String,
    session: Option<String>,
    stream: Option<EventStream>,
    stdio: Option<Stdio>,
    schemas: HashMap<String, Value>,
    /// What was found, each once.
    noticed: Vec<Finding>,
    last_id: u64,
}

impl Client {
    /// Connects to the MCP endpoint at `url`, and finds out which era it speaks.
    ///
    /// The session era is tried first: nearly every gateway speaks it, so that a probe costs one
    /// exchange. Only an answer that a gateway of the stateless era could have given, an error of
    /// JSON-RPC or a 400, is followed by `server/discover`, and only a 405 or a 404, which a POST gets
    /// where the oldest transport has its stream of events, by an attempt to open that.
    ///
    /// # Errors
    /// The refusal that tells what the failed attempt means.
    pub fn connect(url: &str, options: &Options) -> Result<Client, Refusal> {
        let mut client = Client::new(url, options);
        let deadline = Deadline::after(options.timeout);
        let opened = waited::during(INITIALIZE, || client.open_session(deadline));
        let Err(first) = opened else { return Ok(client) };
        if matches!(first, Refusal::Http { status: 404 | 405, .. }) {
            return match client.open_stream(deadline) {
                Ok(()) => Ok(client),
                Err(second) if client.stream.is_some() => Err(second),
                Err(_) => Err(first),
            };
        }
        client.era = Era::Stateless;
        client.or_stateless(first, deadline)
    }

    /// Starts a server and speaks with it over its input and output.
    ///
    /// # Errors
    /// The refusal that tells what became of it.
    pub fn start(program: &Program, options: &Options) -> Result<Client, Refusal> {
        let mut client = Client::new("", options);
        client.stdio = Some(Stdio::start(program)?);
        client.era = Era::Stdio;
        let deadline = Deadline::after(options.timeout);
        match waited::during(INITIALIZE, || client.open_session(deadline)) {
            Ok(()) => Ok(client),
            Err(first) => client.or_stateless(first, deadline),
        }
    }

    /// The tools that the gateway lists, each as it describes it, from all pages.
    ///
    /// # Errors
    /// A refusal; also when the list has no end.
    pub fn list_tools(&mut self) -> Result<Vec<Value>, Refusal> {
        let deadline = Deadline::after(self.options.timeout);
        let mut tools = Vec::new();
        let mut params = json!({});
        for _ in 0..PAGES {
            let mut page = self.request("tools/list", params.clone(), deadline)?;
            let Some(Value::Array(list)) = page.get_mut("tools").map(Value::take) else {
                return Err(odd("a tools/list result without tools"));
            };
            tools.extend(list);
            let cursor = page.get_mut("nextCursor").map(Value::take).unwrap_or_default();
            if cursor.is_null() || cursor == "" {
                self.remember_schemas(&tools);
                return Ok(tools);
            }
            if params["cursor"] == cursor {
                return Err(odd("a tools/list page that names itself as the next one"));
            }
            params = json!({"cursor": cursor});
        }
        Err(odd("a tools/list without end"))
    }

    /// Calls a tool and waits for its result for at most `timeout`.
    ///
    /// # Errors
    /// A refusal; a tool that reports an error of its own is a result, not a refusal.
    pub fn call_tool(
        &mut self,
        name: &str,
        arguments: &Value,
        timeout: Duration,
    ) -> Result<CallResult, Refusal> {
        let params = json!({"name": name, "arguments": arguments});
        let result = self.request("tools/call", params, Deadline::after(timeout))?;
        match result["resultType"].as_str() {
            None | Some("complete") => Ok(CallResult::new(result)),
            Some(_) => Err(odd("a tools/call result that asks for more input")),
        }
    }

    /// Another client in the same session over HTTP, for a question beside others: the `nth` one, so that
    /// no two of their messages have the same id.
    pub fn twin(&self, nth: u64) -> Client {
        const IDS: u64 = 1 << 20;
        let mut twin = Client::new(&self.url, &self.options);
        twin.era = self.era;
        twin.version.clone_from(&self.version);
        twin.session.clone_from(&self.session);
        twin.last_id = IDS * (nth + 1);
        twin
    }

    /// From now on, listing the tools may take at most `timeout`.
    pub fn allow(&mut self, timeout: Duration) {
        self.options.timeout = timeout;
    }

    /// Ends the session, if there is one, and tells what was found. The gateway may decline, which changes
    /// nothing; a server that was started ends.
    pub fn close(mut self) -> Vec<Finding> {
        let timeout = self.options.timeout.min(CLOSE_LIMIT);
        if self.session.is_some() {
            let headers = self.session_headers();
            let deadline = Deadline::after(timeout);
            let end = || self.http.send(Method::DELETE, &self.url, &headers, Vec::new(), deadline);
            let _ = waited::during("the end of the session", end);
        }
        let stdio = self.stdio.take().map(Stdio::end);
        self.noticed.into_iter().chain(stdio.into_iter().flatten()).collect()
    }

    /// How the gateway has answered.
    pub fn spoken(&self) -> Spoken {
        Spoken { version: self.version.clone(), era: self.era }
    }

    /// What was found of the server so far, besides what it answered. A subject is left empty.
    pub fn findings(&self) -> Vec<Finding> {
        let noticed = self.noticed.iter().cloned();
        noticed.chain(self.stdio.iter().flat_map(Stdio::findings)).collect()
    }

    fn new(url: &str, options: &Options) -> Client {
        Client {
            http: Http::new(options.headers.clone()),
            url: url.to_owned(),
            options: options.clone(),
            era: Era::Session,
            version: String::new(),
            session: None,
            stream: None,
            stdio: None,
            schemas: HashMap::new(),
            noticed: Vec::new(),
            last_id: 0,
        }
    }

    /// Keeps the schemas of tools that want arguments repeated as headers.
    fn remember_schemas(&mut self, tools: &[Value]) {
        if self.era != Era::Stateless {
            return;
        }
        let schemas = tools.iter().filter_map(|tool| {
            Some((tool["name"].as_str()?.to_owned(), tool.get("inputSchema")?.clone()))
        });
        self.schemas = schemas.collect();
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

fn odd(received: &str) -> Refusal {
    Refusal::NotMcp { received: received.to_owned() }
}
