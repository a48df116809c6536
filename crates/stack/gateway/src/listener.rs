//! The HTTP listener of the gateway: loopback only, `/mcp` only, and no foreign Host or Origin.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;

use super::handler::Handler;
use super::hub::Hub;
use super::log;

/// Pages on this machine may talk to the gateway, whatever port they are served at: the MCP
/// Inspector is one. Any other page may not.
const ORIGINS: [&str; 3] = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// How long a session may be idle: a person at a manual stage thinks, and goes to lunch.
const SESSION_IDLE: Duration = Duration::from_secs(12 * 3600);

/// A pause after a failed accept: the machine is out of something, and asking again at once would
/// only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Service = StreamableHttpService<Handler, LocalSessionManager>;
type Body = BoxBody<Bytes, Infallible>;

/// Binds `address` and says so on stderr.
///
/// # Errors
/// An address that is taken or may not be bound.
pub fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)
        .with_context(|| format!("bind {address}; is another gateway running there?"))?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    log::plain(format_args!("listening on http://{bound}/mcp"));
    Ok(TcpListener::from_std(listener)?)
}

/// Serves `hub` on `listener` until it is aborted.
pub async fn serve(listener: TcpListener, hub: Arc<Hub>) {
    let config = StreamableHttpServerConfig::default().with_allowed_origins(ORIGINS);
    let service: Service = StreamableHttpService::new(
        move || Ok(Handler::new(hub.clone())),
        Arc::new(sessions()),
        config,
    );
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(TokioIo::new(stream), service.clone()));
            }
            Err(error) => {
                log::line(format_args!("accept failed: {error}"));
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn sessions() -> LocalSessionManager {
    let mut manager = LocalSessionManager::default();
    manager.session_config.keep_alive = Some(SESSION_IDLE);
    manager
}

/// A client that goes away in the middle is no matter for the log.
async fn connection(stream: TokioIo<tokio::net::TcpStream>, service: Service) {
    let answer = service_fn(move |request| route(service.clone(), request));
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(stream, answer).await;
}

async fn route(service: Service, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    if request.uri().path() == "/mcp" {
        return Ok(service.handle(request).await);
    }
    let body = Full::new(Bytes::from_static(b"Not Found: the gateway serves /mcp\n")).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}
