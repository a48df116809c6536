//! How a connection to a server is made, by pipes or by HTTP.

use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use rmcp::ClientHandler;
use rmcp::model::{ClientConfig, Implementation, ProtocolVersion, Tool};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, NotificationContext, Peer, RoleClient,
    serve_client_with_lifecycle_and_ct,
};
use rmcp::transport::IntoTransport;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::child;
use super::config::Entry;
use super::connection::{Connection, EXIT_LAG, tools};
use super::http_client::PlainHttp;

/// The headers that the protocol sets itself; an entry's values for them are left out.
const OURS: [&str; 6] =
    ["accept", "content-type", "host", "mcp-session-id", "mcp-protocol-version", "last-event-id"];

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

/// What a connection is made to.
pub struct Opening<'a> {
    /// The server's name.
    pub name: &'a str,
    /// What the config has of it.
    pub entry: &'a Entry,
    /// How it is reached.
    pub target: &'a Target<'a>,
    /// It is notified when the server says that its tools changed.
    pub relist: &'a Arc<Notify>,
    /// Ends the attempt.
    pub stop: &'a CancellationToken,
}

impl Opening<'_> {
    /// Connects to the server and lists its tools.
    ///
    /// Nearly every server wants to be initialized. One that refuses may know no sessions, and is asked
    /// once more, as the version without them wants it.
    ///
    /// # Errors
    /// Whatever kept it from answering `initialize` and `tools/list` in its time to start, in one sentence, or
    /// `stop`; nothing of it is then left running.
    pub async fn open(&self) -> Result<(Connection, Vec<Tool>), String> {
        match self.attempt(ClientLifecycleMode::Initialize).await {
            Err(Unusable { why, refused: true }) if !self.stop.is_cancelled() => {
                let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
                let second = self.attempt(ClientLifecycleMode::Discover { preferred_versions });
                second.await.map_err(|_| why)
            }
            first => first.map_err(|unusable| unusable.why),
        }
    }

    async fn attempt(
        &self,
        mode: ClientLifecycleMode,
    ) -> Result<(Connection, Vec<Tool>), Unusable> {
        match self.target {
            Target::Http(url) => self.over_http(url, mode).await,
            Target::Stdio(command) => self.over_stdio(command, mode).await,
        }
    }

    async fn over_http(
        &self,
        url: &str,
        mode: ClientLifecycleMode,
    ) -> Result<(Connection, Vec<Tool>), Unusable> {
        let cancel = CancellationToken::new();
        let transport =
            StreamableHttpClientTransport::with_client(PlainHttp, http(url, self.entry)?);
        let (peer, service, tools) = tokio::select! {
            outcome = self.handshake(transport, &cancel, mode) => outcome?,
            why = self.given_up() => return Err(why.into()),
        };
        Ok((Connection { peer, cancel, service, child: None }, tools))
    }

    async fn over_stdio(
        &self,
        command: &str,
        mode: ClientLifecycleMode,
    ) -> Result<(Connection, Vec<Tool>), Unusable> {
        let cancel = CancellationToken::new();
        let (mut child, stdout, stdin) = child::spawn(self.name, command, self.entry)?;
        let outcome = tokio::select! {
            outcome = self.handshake((stdout, stdin), &cancel, mode) => outcome,
            how = child.exited() => Err(how.into()),
            why = self.given_up() => {
                // Its end, which is our doing now, would not explain anything.
                child.stop().await;
                return Err(why.into());
            }
        };
        match outcome {
            Ok((peer, service, tools)) => {
                Ok((Connection { peer, cancel, service, child: Some(child) }, tools))
            }
            Err(unusable) if unusable.refused => {
                child.stop().await;
                Err(unusable)
            }
            Err(unusable) => {
                // A closed pipe is often seen before the exit that explains it.
                let how = tokio::select! {
                    how = timeout(EXIT_LAG, child.exited()) => how.ok(),
                    () = self.stop.cancelled() => None,
                };
                child.stop().await;
                Err(how.map_or(unusable, Unusable::from))
            }
        }
    }

    /// Waits until there is no sense in waiting for a handshake any more, and says why.
    async fn given_up(&self) -> String {
        tokio::select! {
            () = sleep(self.entry.start_timeout()) => {
                format!("no answer within {} s", self.entry.start_timeout().as_secs_f64())
            }
            () = self.stop.cancelled() => "it was to stop".to_owned(),
        }
    }

    async fn handshake<T, E, A>(
        &self,
        transport: T,
        cancel: &CancellationToken,
        mode: ClientLifecycleMode,
    ) -> Result<Handshake, Unusable>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let listener = Listener { relist: self.relist.clone() };
        let service = serve_client_with_lifecycle_and_ct(listener, transport, mode, cancel.clone());
        let service = service.await.map_err(|error| Unusable {
            why: format!("initialize failed: {error}"),
            refused: is_refusal(&error),
        })?;
        let tools = tools(service.peer(), self.entry.start_timeout()).await?;
        let peer = service.peer().clone();
        let ended = tokio::spawn(async move {
            let _ = service.waiting().await;
        });
        Ok((peer, ended, tools))
    }
}

type Handshake = (Peer<RoleClient>, JoinHandle<()>, Vec<Tool>);

/// Why a connection could not be made.
struct Unusable {
    why: String,
    /// Whether the server has answered, and would not be initialized.
    refused: bool,
}

impl From<String> for Unusable {
    fn from(why: String) -> Self {
        Self { why, refused: false }
    }
}

/// Whether a server has answered, and with an error.
fn is_refusal(error: &ClientInitializeError) -> bool {
    use ClientInitializeError::{JsonRpcError, UncorrelatedErrorResponse};
    matches!(error, JsonRpcError(_) | UncorrelatedErrorResponse { .. })
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
