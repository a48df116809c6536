//! The exchange of messages: a request, and the answer to it among what else the gateway says.

use serde_json::Value;
use smoke_core::finding::Finding;
use smoke_core::waited;
use smoke_wire::findings;
use ureq::http::Method;

use super::{Client, odd};
use crate::answer::{Aside, each, refused, response, result_of};
use crate::http::{Answer, Deadline};
use crate::protocol::{self, Era};
use crate::refusal::Refusal;
use crate::session;

impl Client {
    pub(super) fn request(
        &mut self,
        method: &str,
        params: Value,
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        waited::during(method, || self.ask(method, params, deadline))
    }

    pub(super) fn ask(
        &mut self,
        method: &str,
        params: Value,
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        let id = self.next_id();
        let mut message = protocol::request(id, method, params);
        if self.version == protocol::STATELESS_VERSION {
            protocol::make_stateless(&mut message, &self.options.client_name);
        }
        if let Some(stdio) = &mut self.stdio {
            return stdio.ask(&message, id, deadline);
        }
        let headers = match self.era {
            Era::Session | Era::Events | Era::Stdio => self.session_headers(),
            Era::Stateless => {
                let tool = message["params"]["name"].as_str();
                let schema = tool.and_then(|name| self.schemas.get(name));
                protocol::stateless_headers(&message, schema)
            }
        };
        let answer = self.post(&message, &headers, deadline)?;
        if self.era == Era::Events {
            return self.await_event(answer, id, &headers, deadline);
        }
        let status = answer.status;
        let result = self.answered(answer, id, &headers, deadline);
        result.map_err(|refusal| self.lost(refusal, status))
    }

    /// What a refusal with this status means after `initialize` was answered.
    pub(super) fn lost(&self, refusal: Refusal, status: u16) -> Refusal {
        match self.era {
            Era::Session => session::lost(refusal, status, self.session.is_some()),
            _ => refusal,
        }
    }

    /// The result in `answer`, in which the gateway may ask something itself before.
    pub(super) fn answered(
        &mut self,
        answer: Answer,
        id: u64,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        let mut changed = None;
        let result = result_of(answer, id, deadline, &mut |aside| match aside {
            // A gateway that asks may wait for the reply before it answers; whether the reply was
            // taken shows in that answer.
            Aside::Request(asked) => drop(self.post(&protocol::reply(asked), headers, deadline)),
            Aside::ChangedId(id) => changed = Some(findings::id_changed(id)),
        });
        self.notice(changed);
        result
    }

    /// Keeps a finding that is a new one.
    pub(super) fn notice(&mut self, found: Option<Finding>) {
        let known = |found: &Finding| self.noticed.iter().any(|known| known.is_of(found));
        let new = found.filter(|found| !known(found));
        self.noticed.extend(new);
    }

    /// Waits until the stream brings the response to the request `id`, which `answer` accepted.
    pub(super) fn await_event(
        &mut self,
        answer: Answer,
        id: u64,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Value, Refusal> {
        if !(200..300).contains(&answer.status) {
            return Err(refused(answer, Some(id)));
        }
        loop {
            let Some(stream) = &mut self.stream else { return Err(odd("no stream of events")) };
            let data = stream.next_message(deadline)?;
            let mut changed = None;
            let mut on_aside = |aside: Aside| match aside {
                Aside::Request(asked) => {
                    drop(self.post(&protocol::reply(asked), headers, deadline))
                }
                Aside::ChangedId(id) => changed = Some(findings::id_changed(id)),
            };
            let mut messages = each(serde_json::from_str(&data).unwrap_or_default()).into_iter();
            let response = messages.find_map(|message| response(message, id, &mut on_aside));
            self.notice(changed);
            if let Some(response) = response {
                return response;
            }
        }
    }

    pub(super) fn post(
        &self,
        message: &Value,
        headers: &[(String, String)],
        deadline: Deadline,
    ) -> Result<Answer, Refusal> {
        let fixed = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let mut all: Vec<_> = fixed.map(|(name, value)| (name.into(), value.into())).into();
        all.extend_from_slice(headers);
        self.http.send(Method::POST, &self.url, &all, message.to_string().into_bytes(), deadline)
    }

    pub(super) fn session_headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![("MCP-Protocol-Version".to_owned(), self.version.clone())];
        if self.era == Era::Events {
            headers.clear();
        }
        let session = self.session.iter().map(|id| ("Mcp-Session-Id".to_owned(), id.clone()));
        headers.extend(session);
        headers
    }
}
