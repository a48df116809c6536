//! The client: one connection's state and the few things that are done with it.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use smoke_core::finding::Finding;
use smoke_core::waited;
use smoke_wire::findings;
use ureq::http::Method;

use super::answer::{Aside, each, refused, response, result_of};
use super::call_result::CallResult;
use super::event_stream::EventStream;
use super::http::{Answer, Deadline, Http};
use super::protocol::{self, Era, Spoken};
use super::refusal::{Phase, Refusal};
use super::session;
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

    fn open_session(&mut self, deadline: Deadline) -> Result<(), Refusal> {
        let id = self.next_id();
        let message = protocol::initialize(id, &self.options.client_name);
        if let Some(stdio) = &mut self.stdio {
            let result = stdio.ask(&message, id, deadline)?;
            self.version = version(&result)?;
            stdio.tell(&protocol::initialized());
            self.notice(findings::version_unknown(&self.version));
            return Ok(());
        }
        let answer = self.post(&message, &[], deadline)?;
        let session = answer.session.clone();
        let result = match self.era {
            Era::Events => self.await_event(answer, id, &[], deadline)?,
            _ => self.answered(answer, id, &[], deadline)?,
        };
        self.version = version(&result)?;
        self.notice(findings::version_unknown(&self.version));
        self.session = session;
        let answer = self.post(&protocol::initialized(), &self.session_headers(), deadline)?;
        match answer.status {
            200..300 => Ok(()),
            status => Err(self.lost(refused(answer, None), status)),
        }
    }

    fn open_stream(&mut self, deadline: Deadline) -> Result<(), Refusal> {
        let left = deadline.left(Phase::Connect)?.min(STREAM_LIMIT);
        let stream = EventStream::open(&self.url, &self.options.headers, Deadline::after(left))?;
        let url = std::mem::replace(&mut self.url, stream.endpoint.clone());
        self.stream = Some(stream);
        self.era = Era::Events;
        let opened = self.open_session(deadline);
        opened.map_err(|refusal| session::announced(refusal, &self.url, &url))
    }

    /// Asks in the stateless version, if `first`, the refusal of a session, allows for it.
    fn or_stateless(mut self, first: Refusal, deadline: Deadline) -> Result<Client, Refusal> {
        if !may_be_stateless(&first) {
            return Err(first);
        }
        self.version = protocol::STATELESS_VERSION.to_owned();
        match self.request("server/discover", json!({}), deadline) {
            Ok(_) => Ok(self),
            Err(second @ Refusal::Rpc { code, .. }) if protocol::is_stateless_code(code) => {
                Err(second)
            }
            Err(_) => Err(first),
        }
    }

    fn request(
        &mut self,
        method: &str,
        params: Value,
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        waited::during(method, || self.ask(method, params, deadline))
    }

    fn ask(&mut self, method: &str, params: Value, deadline: Deadline) -> Result<Value, Refusal> {
        let id = self.next_id();
        let mut message = protocol::request(id, method, params);
        if self.version == protocol::STATELESS_VERSION {
            protocol::make_stateless(&mut message, &self.options.client_name);
        }
        if let Some(stdio) = &mut self.stdio {
            return stdio.ask(&message, id, deadline);
        }
        let headers = match self.era {
            Era::Session | Era::Events | Era::Stdio => self.session_headers(),
            Era::Stateless => {
                let tool = message["params"]["name"].as_str();
                let schema = tool.and_then(|name| self.schemas.get(name));
                protocol::stateless_headers(&message, schema)
            }
        };
        let answer = self.post(&message, &headers, deadline)?;
        if self.era == Era::Events {
            return self.await_event(answer, id, &headers, deadline);
        }
        let status = answer.status;
        let result = self.answered(answer, id, &headers, deadline);
        result.map_err(|refusal| self.lost(refusal, status))
    }

    /// What a refusal with this status means after `initialize` was answered.
    fn lost(&self, refusal: Refusal, status: u16) -> Refusal {
        match self.era {
            Era::Session => session::lost(refusal, status, self.session.is_some()),
            _ => refusal,
        }
    }

    /// The result in `answer`, in which the gateway may ask something itself before.
    fn answered(
        &mut self,
        answer: Answer,
        id: u64,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        let mut changed = None;
        let result = result_of(answer, id, deadline, &mut |aside| match aside {
            // A gateway that asks may wait for the reply before it answers; whether the reply was
            // taken shows in that answer.
            Aside::Request(asked) => drop(self.post(&protocol::reply(asked), headers, deadline)),
            Aside::ChangedId(id) => changed = Some(findings::id_changed(id)),
        });
        self.notice(changed);
        result
    }

    /// Keeps a finding that is a new one.
    fn notice(&mut self, found: Option<Finding>) {
        let known = |found: &Finding| self.noticed.iter().any(|known| known.is_of(found));
        let new = found.filter(|found| !known(found));
        self.noticed.extend(new);
    }

    /// Waits until the stream brings the response to the request `id`, which `answer` accepted.
    fn await_event(
        &mut self,
        answer: Answer,
        id: u64,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        if !(200..300).contains(&answer.status) {
            return Err(refused(answer, Some(id)));
        }
        loop {
            let Some(stream) = &mut self.stream else { return Err(odd("no stream of events")) };
            let data = stream.next_message(deadline)?;
            let mut changed = None;
            let mut on_aside = |aside: Aside| match aside {
                Aside::Request(asked) => {
                    drop(self.post(&protocol::reply(asked), headers, deadline))
                }
                Aside::ChangedId(id) => changed = Some(findings::id_changed(id)),
            };
            let mut messages = each(serde_json::from_str(&data).unwrap_or_default()).into_iter();
            let response = messages.find_map(|message| response(message, id, &mut on_aside));
            self.notice(changed);
            if let Some(response) = response {
                return response;
            }
        }
    }

    fn post(
        &self,
        message: &Value,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Answer, Refusal> {
        let fixed = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let mut all: Vec<_> = fixed.map(|(name, value)| (name.into(), value.into())).into();
        all.extend_from_slice(headers);
        self.http.send(Method::POST, &self.url, &all, message.to_string().into_bytes(), deadline)
    }

    fn session_headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![("MCP-Protocol-Version".to_owned(), self.version.clone())];
        if self.era == Era::Events {
            headers.clear();
        }
        let session = self.session.iter().map(|id| ("Mcp-Session-Id".to_owned(), id.clone()));
        headers.extend(session);
        headers
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

/// The version that the answer to `initialize` names.
fn version(result: &Value) -> Result<String, Refusal> {
    let version = result["protocolVersion"].as_str().map(str::to_owned);
    version.ok_or_else(|| odd("an initialize result without protocolVersion"))
}

/// Whether a gateway that only speaks the stateless era could have refused `initialize` so.
fn may_be_stateless(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Rpc { .. } | Refusal::Http { status: 400, .. })
}

fn odd(received: &str) -> Refusal {
    Refusal::NotMcp { received: received.to_owned() }
}
