//! The opening of a connection: a session, the stream of the oldest transport, or what serves without either.

use serde_json::{Value, json};
use smoke_wire::findings;

use super::{Client, STREAM_LIMIT, odd};
use crate::answer::refused;
use crate::event_stream::EventStream;
use crate::http::Deadline;
use crate::protocol::{self, Era};
use crate::refusal::{Phase, Refusal};
use crate::session;

impl Client {
    pub(super) fn open_session(&mut self, deadline: Deadline) -> Result<(), Refusal> {
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

    pub(super) fn open_stream(&mut self, deadline: Deadline) -> Result<(), Refusal> {
        let left = deadline.left(Phase::Connect)?.min(STREAM_LIMIT);
        let stream = EventStream::open(&self.url, &self.options.headers, Deadline::after(left))?;
        let url = std::mem::replace(&mut self.url, stream.endpoint.clone());
        self.stream = Some(stream);
        self.era = Era::Events;
        let opened = self.open_session(deadline);
        opened.map_err(|refusal| session::announced(refusal, &self.url, &url))
    }

    /// Asks in the stateless version, if `first`, the refusal of a session, allows for it.
    pub(super) fn or_stateless(
        mut self,
        first: Refusal,
        deadline: Deadline,
    ) -> Result<Client, Refusal> {
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
