//! What an agent says of the servers that it uses.

/// A server, as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name in the agent's config.
    pub name: String,
    /// How it is.
    pub state: ServerState,
    /// The agent's own word for that.
    pub word: String,
    /// Why, where the agent says so.
    pub reason: Option<String>,
}

/// How a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It can be used.
    Connected,
    /// It cannot be used: it did not start, could not be reached, or ended.
    Down,
    /// It asks for a login that the agent does not have.
    Unauthorized,
    /// Something else: it is not asked yet, or is switched off.
    Other,
}

impl ServerState {
    /// What an agent's word means. They are the same in all agents that say how their servers are.
    pub fn of_word(word: &str) -> ServerState {
        match word {
            "connected" | "ready" => ServerState::Connected,
            "failed" | "disconnected" | "error" | "errored" => ServerState::Down,
            "needs-auth" | "needs_auth" | "unauthorized" => ServerState::Unauthorized,
            _ => ServerState::Other,
        }
    }

    /// Whether no tool of it can be called.
    pub fn is_useless(self) -> bool {
        matches!(self, ServerState::Down | ServerState::Unauthorized)
    }
}
