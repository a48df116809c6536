//! A small synchronous MCP client, which probes a gateway and calls its tools.
//!
//! It speaks both eras of MCP over HTTP, the oldest transport, HTTP with a stream of events, and MCP
//! over the input and output of a server. Everything it does is bounded in time and size, and every
//! failure is a [`Refusal`], which says what the failure means.

mod answer;
pub mod base64;
mod call_result;
pub mod checks;
mod client;
pub mod endpoint;
mod event_stream;
mod excerpt;
pub mod header;
mod http;
mod instead;
pub mod listing;
mod protocol;
mod refusal;
mod session;
mod sse;
mod stdio;
pub mod tls;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod test_server;

pub use call_result::CallResult;
pub use client::{Client, Options};
pub use excerpt::excerpt;
pub use protocol::{Era, Spoken};
pub use refusal::Refusal;
pub use stdio::Program;
