//! The state of a server at the moment.

use std::sync::Arc;
use std::time::SystemTime;

use rmcp::model::Tool;
use rmcp::service::{Peer, RoleClient};

/// The state of one server.
#[derive(Debug, Clone)]
pub enum State {
    /// Its first attempt has not ended.
    Starting,
    /// It answers.
    Ready {
        /// The connection to it.
        peer: Peer<RoleClient>,
        /// Its tools, as it lists them.
        tools: Arc<[Tool]>,
    },
    /// It does not answer.
    Down(Arc<Down>),
}

/// Why a server does not answer.
#[derive(Debug, Clone)]
pub struct Down {
    /// The reason.
    pub why: String,
    /// Since when.
    pub since: SystemTime,
    /// When it is started again; `None` for an entry that cannot work.
    pub next_attempt: Option<SystemTime>,
    /// The tools it had when it was up: they stay listed while a restart is pending. A server
    /// that never came up has none.
    pub tools: Arc<[Tool]>,
}

impl State {
    /// The tools to list for this server.
    pub fn tools(&self) -> Arc<[Tool]> {
        match self {
            State::Starting => Arc::new([]),
            State::Ready { tools, .. } => tools.clone(),
            State::Down(down) => down.tools.clone(),
        }
    }

    /// Whether the first attempt has ended, well or badly.
    pub fn is_settled(&self) -> bool {
        !matches!(self, State::Starting)
    }
}
