//! A live connection to one server, by pipes or by HTTP.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use rmcp::model::{
    ClientConfig, ErrorCode, Implementation, PaginatedRequestParams, ProtocolVersion, Tool,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, NotificationContext, Peer, RoleClient,
    serve_client_with_lifecycle_and_ct,
};
use rmcp::transport::IntoTransport;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, ServiceError};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::child::{self, Child};
use super::config::Entry;
use super::http_client::PlainHttp;
use super::messages;

/// The most pages of a list.
const PAGES: usize = 1000;

/// From a closed pipe to the exit that closed it.
pub const EXIT_LAG: Duration = Duration::from_secs(1);

/// The headers that the protocol sets itself; an entry's values for them are left out.
const OURS: [&str; 6] =
    ["accept", "content-type", "host", "mcp-session-id", "mcp-protocol-version", "last-event-id"];

/// A server that has been initialized.
pub struct Connection {
    /// What calls go through.
    pub peer: Peer<RoleClient>,
    cancel: CancellationToken,
    service: JoinHandle<()>,
    child: Option<Child>,
}

/// How a server is reached, as its entry says.
pub enum Target<'a> {
    /// A program that speaks over its pipes.
    Stdio(&'a str),
    /// An address that speaks streamable HTTP.
    Http(&'a str),
}

/// Reads an entry.
///
/// # Errors
/// An entry that cannot work however often it is tried, in one sentence.
pub fn target(entry: &Entry) -> Result<Target<'_>, String> {
    let transport = entry.transport.as_deref();
    match (transport, entry.command.as_deref(), entry.url.as_deref()) {
        (None | Some("stdio"), Some(command), _) => Ok(Target::Stdio(command)),
        (Some("stdio"), None, _) => Err("a stdio server needs a \"command\"".to_owned()),
        (None | Some("http" | "streamable-http"), _, Some(url)) => http_target(url),
        (Some("http" | "streamable-http"), _, None) => Err("it needs a \"url\"".to_owned()),
        (None, None, None) => Err("it has neither \"command\" nor \"url\"".to_owned()),
        (Some(other), ..) => Err(format!(
            "transport \"{other}\" is not supported; use stdio, http or streamable-http"
        )),
    }
}

fn http_target(url: &str) -> Result<Target<'_>, String> {
    if url.starts_with("https:") {
        return Err(format!("https is not supported by this build: {url}"));
    }
    if !url.starts_with("http://") {
        return Err(format!("\"{url}\" is no http:// address"));
    }
    Ok(Target::Http(url))
}

/// Connects to a server and lists its tools. `relist` is notified when it says that they changed.
///
/// Nearly every server wants to be initialized. One that refuses may know no sessions, and is asked
/// once more, as the version without them wants it.
///
/// # Errors
/// Whatever kept it from answering `initialize` and `tools/list` in its time to start, in one sentence, or
/// `stop`; nothing of it is then left running.
pub async fn open(
    name: &str,
    entry: &Entry,
    target: &Target<'_>,
    relist: Arc<Notify>,
    stop: &CancellationToken,
) -> Result<(Connection, Vec<Tool>), String> {
    let attempt = |opening| attempt(name, entry, target, relist.clone(), stop, opening);
    match attempt(ClientLifecycleMode::Initialize).await {
        Err(Unusable { why, refused: true, .. }) if !stop.is_cancelled() => {
            let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
            let second = attempt(ClientLifecycleMode::Discover { preferred_versions }).await;
            second.map_err(|_| why)
        }
        first => first.map_err(|unusable| unusable.why),
    }
}

/// Why a connection could not be made.
struct Unusable {
    why: String,
    /// Whether the server has answered, and would not be initialized.
    refused: bool,
    /// Whether it is what the server has answered that is of no use: its end explains nothing.
    answered: bool,
}

impl From<String> for Unusable {
    fn from(why: String) -> Self {
        Self { why, refused: false, answered: false }
    }
}

async fn attempt(
    name: &str,
    entry: &Entry,
    target: &Target<'_>,
    relist: Arc<Notify>,
    stop: &CancellationToken,
    opening: ClientLifecycleMode,
) -> Result<(Connection, Vec<Tool>), Unusable> {
    let cancel = CancellationToken::new();
    match target {
        Target::Http(url) => {
            let transport =
                StreamableHttpClientTransport::with_client(PlainHttp, http(url, entry)?);
            let handshake = handshake(transport, entry, relist, &cancel, opening);
            let (peer, service, tools) = tokio::select! {
                outcome = handshake => outcome?,
                why = given_up(entry, stop) => return Err(why.into()),
            };
            Ok((Connection { peer, cancel, service, child: None }, tools))
        }
        Target::Stdio(command) => {
            let (mut child, stdout, stdin) = child::spawn(name, command, entry)?;
            let outcome = tokio::select! {
                outcome = handshake((messages::of(name, stdout), stdin), entry, relist, &cancel, opening) => outcome,
                how = child.exited() => Err(how.into()),
                why = given_up(entry, stop) => {
                    // Its end, which is our doing now, would not explain anything.
                    child.stop().await;
                    return Err(why.into());
                }
            };
            match outcome {
                Ok((peer, service, tools)) => {
                    Ok((Connection { peer, cancel, service, child: Some(child) }, tools))
                }
                Err(unusable) if unusable.answered => {
                    child.stop().await;
                    Err(unusable)
                }
                Err(unusable) => {
                    // A closed pipe is often seen before the exit that explains it.
                    let how = tokio::select! {
                        how = timeout(EXIT_LAG, child.exited()) => how.ok(),
                        () = stop.cancelled() => None,
                    };
                    child.stop().await;
                    Err(how.map_or(unusable, Unusable::from))
                }
            }
        }
    }
}

/// Waits until there is no sense in waiting for a handshake any more, and says why.
async fn given_up(entry: &Entry, stop: &CancellationToken) -> String {
    tokio::select! {
        () = sleep(entry.start_timeout()) => {
            format!("no answer within {} s", entry.start_timeout().as_secs_f64())
        }
        () = stop.cancelled() => "it was to stop".to_owned(),
    }
}

type Handshake = (Peer<RoleClient>, JoinHandle<()>, Vec<Tool>);

async fn handshake<T, E, A>(
    transport: T,
    entry: &Entry,
    relist: Arc<Notify>,
    cancel: &CancellationToken,
    opening: ClientLifecycleMode,
) -> Result<Handshake, Unusable>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let listener = Listener { relist };
    let service = serve_client_with_lifecycle_and_ct(listener, transport, opening, cancel.clone());
    let service = service.await.map_err(|error| Unusable {
        why: format!("initialize failed: {error}"),
        refused: is_refusal(&error),
        answered: is_refusal(&error),
    })?;
    let tools = tools(service.peer(), entry.start_timeout()).await;
    let answered = !service.peer().is_transport_closed();
    let tools = tools.map_err(|why| Unusable { why, refused: false, answered })?;
    let peer = service.peer().clone();
    let ended = tokio::spawn(async move {
        let _ = service.waiting().await;
    });
    Ok((peer, ended, tools))
}

/// Whether a server has answered, and with an error.
fn is_refusal(error: &ClientInitializeError) -> bool {
    use ClientInitializeError::{JsonRpcError, UncorrelatedErrorResponse};
    matches!(error, JsonRpcError(_) | UncorrelatedErrorResponse { .. })
}

/// The tools that a server lists now; none of one that has other things to offer.
///
/// # Errors
/// A failed or unfinished `tools/list`, in one sentence.
pub async fn tools(peer: &Peer<RoleClient>, bound: Duration) -> Result<Vec<Tool>, String> {
    match timeout(bound, pages(peer)).await {
        Ok(Ok(tools)) => Ok(tools),
        Ok(Err(why)) => Err(format!("tools/list failed: {why}")),
        Err(_) => Err(format!("no answer to tools/list within {} s", bound.as_secs_f64())),
    }
}

/// All pages of the list, unless one leads nowhere.
async fn pages(peer: &Peer<RoleClient>) -> Result<Vec<Tool>, String> {
    let (mut tools, mut cursor) = (Vec::new(), None);
    for _ in 0..PAGES {
        let mut params = PaginatedRequestParams::default();
        params.cursor.clone_from(&cursor);
        let page = match peer.list_tools(Some(params)).await {
            Err(ServiceError::McpError(error)) if error.code == ErrorCode::METHOD_NOT_FOUND => {
                return Ok(tools);
            }
            page => page.map_err(|error| error.to_string())?,
        };
        tools.extend(page.tools);
        let next = page.next_cursor.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(tools);
        }
        if next == cursor {
            return Err("a page names itself as the next one".to_owned());
        }
        cursor = next;
    }
    Err(format!("there are more than {PAGES} pages"))
}

impl Connection {
    /// The process behind the connection, if there is one.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::pid)
    }

    /// Waits until the server has gone, and says how.
    pub async fn ended(&mut self) -> String {
        match &mut self.child {
            Some(child) => tokio::select! {
                how = child.exited() => how,
                _ = &mut self.service => match timeout(EXIT_LAG, child.exited()).await {
                    Ok(how) => how,
                    Err(_) => "closed its output".to_owned(),
                },
            },
            None => {
                let _ = (&mut self.service).await;
                "the connection closed".to_owned()
            }
        }
    }

    /// Closes the connection and ends the process behind it.
    pub async fn stop(self) {
        self.cancel.cancel();
        // The end of the service closes the server's stdin, which is how it learns of it.
        if !self.service.is_finished() {
            let _ = timeout(Duration::from_millis(300), self.service).await;
        }
        if let Some(child) = self.child {
            child.stop().await;
        }
    }
}

fn http(url: &str, entry: &Entry) -> Result<StreamableHttpClientTransportConfig, String> {
    let mut headers = HashMap::new();
    for (name, value) in &entry.headers {
        let name = HeaderName::try_from(name).map_err(|_| format!("\"{name}\" is no header"))?;
        let value = HeaderValue::try_from(value)
            .map_err(|_| format!("the value of header \"{name}\" is not allowed"))?;
        if !OURS.contains(&name.as_str()) {
            headers.insert(name, value);
        }
    }
    Ok(StreamableHttpClientTransportConfig::with_uri(url).custom_headers(headers))
}

/// The client that the gateway is to a server.
struct Listener {
    relist: Arc<Notify>,
}

impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        let itself = Implementation::new("stack-gateway", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(Default::default(), itself)
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.relist.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(json: &str) -> String {
        let entry: Entry = serde_json::from_str(json).unwrap();
        target(&entry).err().unwrap_or_default()
    }

    #[test]
    fn an_entry_that_cannot_work_says_why() {
        assert_eq!(problem("{}"), "it has neither \"command\" nor \"url\"");
        assert_eq!(problem(r#"{"type":"stdio"}"#), "a stdio server needs a \"command\"");
        let https = problem(r#"{"type":"http","url":"https://example.com/mcp"}"#);
        assert_eq!(https, "https is not supported by this build: https://example.com/mcp");
        assert!(problem(r#"{"type":"sse","url":"http://h"}"#).contains("\"sse\" is not supported"));
        assert_eq!(problem(r#"{"command":"x"}"#), "");
        assert_eq!(problem(r#"{"url":"http://127.0.0.1:1/mcp"}"#), "");
    }
}
