//! What is spoken where MCP should be: TLS in place of plain HTTP, or a stream of events at another path.

use smoke_mcp::endpoint::{self, Endpoint};
use smoke_mcp::{Refusal, tls};

use crate::context::Context;
use crate::roles::connection::door::Door;

/// Whether what gave this answer speaks TLS.
pub fn is_tls(endpoint: &Endpoint, refusal: &Refusal) -> bool {
    let may_be = matches!(refusal, Refusal::NotMcp { .. } | Refusal::Reset { .. });
    let door = Door::of(endpoint).filter(|_| may_be);
    door.is_some_and(|door| door.addresses().iter().any(|address| tls::is_spoken_at(*address)))
}

/// What to say in the profile where a stream of events answers beside the gateway's url.
pub fn stream_beside(context: &Context, endpoint: &Endpoint) -> Option<String> {
    let Endpoint::Http { url, headers } = endpoint else { return None };
    let beside = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        Some(format!("{scheme}://{}/sse", rest.split('/').next()?))
    };
    let found = beside(url).filter(|beside| endpoint::streams_events(beside, headers));
    let written = beside(&context.profile.gateway.url).filter(|_| found.is_some())?;
    Some(format!("say url = \"{written}\" in [gateway]: a stream of events answers there"))
}
