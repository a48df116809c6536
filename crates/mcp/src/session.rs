//! Sessions: what it means when their requests are refused although they were opened.

use super::refusal::Refusal;

/// What a refusal with this HTTP status means for a request in a session that was opened; `is_named` if the
/// request repeated the session's id. Credentials and methods that are refused have nothing to do with it.
pub fn lost(refusal: Refusal, status: u16, is_named: bool) -> Refusal {
    let is_of_session = match refusal {
        Refusal::Http { .. } => true,
        Refusal::Rpc { code, .. } => !is_of_request(code),
        _ => false,
    };
    match matches!(status, 400 | 404 | 410) && is_of_session {
        true => Refusal::SessionLost { refusal: Box::new(refusal), is_named },
        false => refusal,
    }
}

/// Whether an error of JSON-RPC is about the method or its parameters.
fn is_of_request(code: i64) -> bool {
    matches!(code, -32603..=-32601)
}

/// What a refusal means for the first request to `endpoint`, which the stream of events at `url` names.
pub fn announced(refusal: Refusal, endpoint: &str, url: &str) -> Refusal {
    if !refusal.is_declined() {
        return refusal;
    }
    let prefix = url.rsplit_once('/').map_or(url, |(prefix, _)| prefix);
    let has_prefix = prefix.splitn(4, '/').nth(3).is_some();
    let lacks_prefix = has_prefix && !endpoint.starts_with(prefix);
    Refusal::Announced { endpoint: endpoint.to_owned(), lacks_prefix, refusal: Box::new(refusal) }
}
