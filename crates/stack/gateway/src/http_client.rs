//! HTTP to a server that is reached by an address: plain HTTP/1.1, one connection for each request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::{Sse, SseStream};
use tokio::net::TcpStream;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// The largest JSON answer that is read, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

type Failure = StreamableHttpError<io::Error>;
type Headers = HashMap<HeaderName, HeaderValue>;

/// The HTTP client. It has no TLS.
#[derive(Clone)]
pub struct PlainHttp;

impl StreamableHttpClient for PlainHttp {
    type Error = io::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _auth: Option<String>,
        mut headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let body = serde_json::to_vec(&message)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let in_session = session.is_some();
        let response = send(Method::POST, &uri, session, headers, body).await?;
        if response.status() == StatusCode::NOT_FOUND && in_session {
            return Err(StreamableHttpError::SessionExpired);
        }
        if !response.status().is_success() && content_type(&response) == JSON {
            return told(response).await.map(|error| StreamableHttpPostResponse::Json(error, None));
        }
        let response = accepted(response).await?;
        let session = response.headers().get(SESSION).and_then(|id| id.to_str().ok());
        let session = session.map(str::to_owned);
        match content_type(&response) {
            EVENTS => Ok(StreamableHttpPostResponse::Sse(events(response), session)),
            JSON => {
                let message: ServerJsonRpcMessage =
                    serde_json::from_slice(&body_of(response).await?)?;
                Ok(StreamableHttpPostResponse::Json(message, session))
            }
            _ if !matches!(message, ClientJsonRpcMessage::Request(_)) => {
                Ok(StreamableHttpPostResponse::Accepted)
            }
            other => Err(StreamableHttpError::UnexpectedContentType(Some(other.to_owned()))),
        }
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _auth: Option<String>,
        headers: Headers,
    ) -> Result<(), Failure> {
        let response = send(Method::DELETE, &uri, Some(session), headers, Vec::new()).await?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Ok(());
        }
        accepted(response).await.map(drop)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _auth: Option<String>,
        mut headers: Headers,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        headers.insert(ACCEPT, HeaderValue::from_static(EVENTS));
        if let Some(id) = last_event.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(LAST_EVENT, id);
        }
        let response = send(Method::GET, &uri, session, headers, Vec::new()).await?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            || response.headers().contains_key(ALLOW)
        {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        Ok(events(accepted(response).await?))
    }
}

async fn send(
    method: Method,
    uri: &str,
    session: Option<Arc<str>>,
    headers: Headers,
    body: Vec<u8>,
) -> Result<Response<Incoming>, Failure> {
    let uri: http::Uri = uri.parse().map_err(other)?;
    let host = uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder().method(method).uri(path).header(HOST, &host);
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    if let Some(session) = session {
        request = request.header(SESSION, session.as_ref());
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(other)?;
    let address =
        (uri.host().unwrap_or_default().trim_matches(['[', ']']), uri.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await.map_err(StreamableHttpError::Client)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(other)?;
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(other)
}

/// Refuses an answer that is no success, with the start of what it says.
/// The error that a server answers with, besides the status that says that there is one.
async fn told(response: Response<Incoming>) -> Result<ServerJsonRpcMessage, Failure> {
    let status = response.status();
    let body = body_of(response).await.unwrap_or_default();
    match serde_json::from_slice(&body) {
        Ok(message @ ServerJsonRpcMessage::Error(_)) => Ok(message),
        _ => Err(unexpected(status, &body)),
    }
}

async fn accepted(response: Response<Incoming>) -> Result<Response<Incoming>, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(unexpected(status, &body_of(response).await.unwrap_or_default()))
}

fn unexpected(status: StatusCode, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    StreamableHttpError::UnexpectedServerResponse(Cow::Owned(format!("HTTP {status}: {text}")))
}

async fn body_of(response: Response<Incoming>) -> Result<Bytes, Failure> {
    let body = Limited::new(response.into_body(), BODY_LIMIT).collect().await;
    Ok(body.map_err(|error| StreamableHttpError::Client(io::Error::other(error)))?.to_bytes())
}

fn events(response: Response<Incoming>) -> BoxStream<'static, Result<Sse, SseError>> {
    SseStream::from_bytes_stream(response.into_body().into_data_stream()).boxed()
}

fn content_type(response: &Response<Incoming>) -> &'static str {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.split(';').next()).map(str::trim) {
        Some(JSON) => JSON,
        Some(EVENTS) => EVENTS,
        _ => "neither JSON nor events",
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    StreamableHttpError::Client(io::Error::other(error))
}
